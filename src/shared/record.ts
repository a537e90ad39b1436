/** An object of JSON: fields by name, of any kind. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** True for an object that is no array. */
export const isRecord = (value: unknown): value is JsonRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
