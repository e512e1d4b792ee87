declare const brand: unique symbol;

/** A `T` that went through the one constructor of its name, so that two kinds of string cannot be mixed up. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
