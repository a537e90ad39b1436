/**
 * Which line of a step's body asked for something: so that what cannot be captured can be found. Known where stacks
 * name source files (Node, the development server); a built page has one file, and there the whole stack goes into the
 * error's details.
 */

/** Frames to look through: the tensor library nests deeply. */
const depth = 60;

/** The stack here and now. Formatting waits until somebody reads it. */
export function stackHere(): Error {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = depth;
  const error = new Error('call site');
  Error.stackTraceLimit = stackTraceLimit;
  return error;
}

const place = /((?:\w+:\/\/|\/|[A-Z]:\\)[^\s()]+?):(\d+):\d+\)?$/;
/** Source files of the engine and of the library under it; tests of the engine are callers like any other. */
const engine = /node_modules|tfjs|[\\/]src[\\/]gpu[\\/](?!.*\.test\.ts)/;

/**
 * @returns "path:line" of the first frame outside the engine, its path from `src` on; null where the stack does not say
 */
export function callSite(stack: string | undefined): string | null {
  for (const line of (stack ?? '').split('\n')) {
    const [, path = '', row = ''] = place.exec(line.trim()) ?? [];
    const source = /[\\/](src[\\/][^?]*\.ts)/.exec(path)?.[1];
    if (source && !engine.test(path)) return `${source}:${row}`;
  }
  return null;
}
