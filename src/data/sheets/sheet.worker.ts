/// <reference lib="webworker" />
/** Cuts sheets of sprites beside the page, one request after the other. */
import { meterWorker } from '../../shared/sentBytes';
import { canvasDecode, loadHeif } from '../decoding/canvasDecode';
import { failAloud } from '../failAloud';
import { sheetWork, type SheetCutter } from './sheetWork';

meterWorker();

/** What is asked for, and with what. */
export type SheetRequest = {
  [Task in Exclude<keyof SheetCutter, 'close'>]: { task: Task; given: Parameters<SheetCutter[Task]> };
}[Exclude<keyof SheetCutter, 'close'>];

const work = sheetWork({ raw: canvasDecode('whole'), heif: loadHeif });

async function answer(request: SheetRequest): Promise<void> {
  const { task, given } = request;
  const run = work[task] as (...args: unknown[]) => Promise<unknown>;
  self.postMessage(await run(...given));
}

self.addEventListener('message', ({ data }: MessageEvent<SheetRequest>) => failAloud(answer(data)));
