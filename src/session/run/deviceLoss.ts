/** A GPU that was lost: telling it from other errors, and saying that it happened too often. */
import { StudioError } from '../../shared/errors';
import { restoreLimits } from './restoreBudget';

export function isLoss(error: unknown): error is StudioError {
  return error instanceof StudioError && error.info.code === 'device-lost';
}

/** @param times how often it has been replaced within the budget's window */
export function tooManyLosses({ info }: StudioError, times: number): StudioError {
  const minutes = restoreLimits.windowMs / 60_000;
  return new StudioError({
    ...info,
    why: `It was lost ${times === 0 ? 'once' : `${times + 1} times within ${minutes} minutes`}, so it is not being restored any more. ${info.why}`,
    action:
      'Export what has been trained. Then restart the browser, close other programs that use the GPU, and start again with a smaller batch.',
  });
}
