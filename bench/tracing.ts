/** Chromium's own trace of what threads do, through its debugging protocol. */
import type { CDPSession } from 'playwright-core';

/** The parts of Chromium's trace events that are read here. */
export interface TraceEvent {
  name: string;
  cat: string;
  ph: string;
  pid: number;
  tid: number;
  ts: number;
  /** Microseconds, by the clock and of the processor. */
  dur?: number;
  tdur?: number;
  args?: { name?: string; data?: { url?: string; functionName?: string; type?: string } };
}

/** Of events: room for minutes of a busy page. */
const bufferKb = 800_000;

export const isTask = ({ name }: TraceEvent): boolean => name === 'RunTask' || name === 'ThreadControllerImpl::RunTask';

/**
 * Begins a trace. @param onEvent is told of each event, once the trace has ended
 * @returns what ends it, and settles when all has been told
 */
export async function startTrace(
  session: CDPSession,
  includedCategories: string[],
  onEvent: (event: TraceEvent) => void,
): Promise<() => Promise<void>> {
  session.on('Tracing.dataCollected', ({ value }) => {
    for (const event of value as unknown as TraceEvent[]) onEvent(event);
  });
  const ended = new Promise<void>((resolve) => session.once('Tracing.tracingComplete', () => resolve()));
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { recordMode: 'recordUntilFull', traceBufferSizeInKb: bufferKb, includedCategories },
  });
  return async () => {
    await session.send('Tracing.end');
    await ended;
  };
}
