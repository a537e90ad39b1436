/** Folders of many small pictures, and the longest task of the page that reads them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { encodePng } from '../src/formats/png';
import { isTask, startTrace } from './tracing';

export const classes = 10;
const edge = 24;

/** A picture of one colour, another for each number. */
export function picture(i: number): Promise<Uint8Array> {
  const pixels = new Uint8ClampedArray(edge * edge * 4).fill(255);
  for (let at = 0; at < pixels.length; at += 4)
    pixels.set([i & 255, (i >> 8) & 255, (7 * i + 40 * (i >> 16)) & 255], at);
  return encodePng({ width: edge, height: edge, pixels });
}

/** Pictures, a tenth of them in the folder of each class. */
export async function makeFolder(folder: string, count: number, extra: number): Promise<string> {
  for (let c = 0; c < classes; c += 1) mkdirSync(join(folder, `class ${c}`), { recursive: true });
  for (let i = 0; i < count; i += 1)
    writeFileSync(
      join(folder, `class ${i % classes}`, `${i}.png`),
      Buffer.concat([await picture(i), Buffer.alloc(extra, i & 255)]),
    );
  return folder;
}

/**
 * Traces the tasks of a page's main thread. Chromium has pages of its own (the list under its address bar), which do not
 * count. @param address how addresses of the page's scripts begin
 * @returns what ends the trace, and gives the longest task's time on a processor in milliseconds
 */
export async function longestTasks(browser: Browser, address: string): Promise<() => Promise<number>> {
  const session = await browser.newBrowserCDPSession();
  const mains = new Set<string>();
  const ours = new Set<string>();
  const longest = new Map<string, number>();
  const end = await startTrace(session, ['devtools.timeline', 'disabled-by-default-devtools.timeline'], (event) => {
    const thread = `${event.pid}:${event.tid}`;
    if (event.name === 'thread_name' && event.args?.name === 'CrRendererMain') mains.add(thread);
    if (event.args?.data?.url?.startsWith(address)) ours.add(thread);
    if (isTask(event)) longest.set(thread, Math.max(longest.get(thread) ?? 0, event.tdur ?? 0));
  });
  return async () => {
    await end();
    await session.detach();
    const threads = [...ours].filter((thread) => mains.has(thread));
    if (threads.length === 0) throw new Error(`The trace has no script of ${address}.`);
    return Math.max(...threads.map((thread) => longest.get(thread) ?? 0)) / 1000;
  };
}
