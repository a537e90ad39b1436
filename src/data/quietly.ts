/** For storage that may fail: whoever can do without asks through this. */
export async function quietly<T>(attempt: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await attempt;
  } catch {
    return otherwise;
  }
}
