/**
 * Whether the page stays smooth while a run reports: the dashboard, as it is built, takes 1,000 updates in a minute (a
 * point of every curve, the health checks, progress; samples every one and a half seconds) from the scripted session,
 * through its own stores, and a trace of the main thread says which tasks took more than 50 ms of the processor. With
 * `--long` all of them, else a quarter. The tasks are counted by what ran in them; those in which none of our
 * scripts ran are not ours. Processor time, so that a busy machine changes little.
 */
import { chromium, type CDPSession } from '@playwright/test';
import { rmSync } from 'node:fs';
import { build, preview } from 'vite';
import type { Bench } from './bench';
import { isTask, startTrace, type TraceEvent } from './tracing';

const longMs = 50;
const wanted = { long: 1000, short: 250 };
/** The first grids, charts and cards are made before the trace begins. */
const settleMs = 8000;
const folder = '.cache/trace';
const scene = 'scene=train&speed=1&samples=25';

interface LongTask {
  /** Milliseconds of the processor. */
  ms: number;
  /** Function or kind of work that took most of it. */
  what: string;
}

async function traced(session: CDPSession, during: () => Promise<void>): Promise<TraceEvent[]> {
  const events: TraceEvent[] = [];
  const end = await startTrace(session, ['toplevel', 'devtools.timeline', '__metadata'], (event) => events.push(event));
  await during();
  await end();
  return events;
}

const isOurs = ({ args }: TraceEvent): boolean => /\/assets\/[^/]+\.js$/.test(args?.data?.url ?? '');

/** The long tasks of the page's main thread in which a script of ours ran; `tasks` counts all of its tasks. */
function longTasks(events: readonly TraceEvent[]): { tasks: number; busyMs: number; long: LongTask[] } {
  const script = events.find((event) => event.name === 'FunctionCall' && isOurs(event));
  if (!script) throw new Error('None of our scripts ran: the trace shows nothing.');
  const own = events.filter(({ pid, tid, ph }) => pid === script.pid && tid === script.tid && ph === 'X');
  const tasks = own.filter(isTask);
  const long = tasks.flatMap((task): LongTask[] => {
    const ms = (task.tdur ?? task.dur ?? 0) / 1000;
    if (ms <= longMs) return [];
    const inside = own.filter(({ ts }) => ts > task.ts && ts < task.ts + (task.dur ?? 0));
    if (!inside.some(isOurs)) return [];
    const largest = inside
      .filter(({ cat }) => cat.includes('devtools.timeline'))
      .reduce((a: TraceEvent | null, b) => ((a?.tdur ?? 0) >= (b.tdur ?? 0) ? a : b), null);
    const { functionName = '', type = '' } = largest?.args?.data ?? {};
    return [{ ms: Math.round(ms), what: [largest?.name, functionName, type].filter(Boolean).join(' ') }];
  });
  const busyMs = Math.round(tasks.reduce((sum, task) => sum + (task.tdur ?? task.dur ?? 0) / 1000, 0));
  return { tasks: tasks.length, busyMs, long };
}

export const run: Bench = async ({ long }) => {
  rmSync(folder, { recursive: true, force: true });
  await build({ logLevel: 'error', build: { outDir: folder, rolldownOptions: { input: 'e2e/demo.html' } } });
  const server = await preview({ logLevel: 'error', build: { outDir: folder }, preview: { port: 4197 } });
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await page.goto(`${server.resolvedUrls?.local[0] ?? ''}e2e/demo.html?${scene}`);
    await page.getByTestId('sample-grid').waitFor({ timeout: 120_000 });
    await page.waitForTimeout(settleMs);
    const session = await browser.newBrowserCDPSession();
    const iteration = async (): Promise<number> =>
      Number((await page.getByTestId('iteration').innerText()).replaceAll(',', ''));
    const before = await iteration();
    const last = before + (long ? wanted.long : wanted.short);
    const events = await traced(session, async () => {
      while ((await iteration()) < last) await page.waitForTimeout(1000);
    });
    const updates = (await iteration()) - before;
    const { tasks, busyMs, long: found } = longTasks(events);
    for (const { ms, what } of found) console.log(`${String(ms).padStart(6)} ms  ${what}`);
    console.log(`${busyMs} ms of work on the main thread, ${Math.round(busyMs / Math.max(1, updates))} an update`);
    console.log(`${found.length} of ${tasks} tasks took more than ${longMs} ms, in ${updates} updates`);
    return {
      adapter: 'none',
      updates,
      busyMs,
      tasks,
      longTasks: found.length,
      longest: Math.max(0, ...found.map(({ ms }) => ms)),
    };
  } finally {
    await browser.close();
    await server.close();
  }
};
