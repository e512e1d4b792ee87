/** What this wire API is called, wherever something is kept for it. */
export const NAME = "square";
