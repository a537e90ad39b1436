/** Inputs that broke a reader, by the name of its fuzz target, in base64; kept so that they never do again. */
export const found: Record<string, readonly string[]> = {};
