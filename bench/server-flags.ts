/** What `npm start` gives to Node: young objects have room to die young, and who collects them does not wake four threads for it. */
export const SERVER_FLAGS: readonly string[] = ["--max-semi-space-size=16", "--no-parallel-scavenge"];
