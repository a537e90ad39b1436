import { describe, expect, it } from 'vitest';
import { part, runInSlices, runNow, type Cooperative } from './cooperative';

function* count(steps: number): Cooperative<number> {
  let sum = 0;
  for (let i = 0; i < steps; i += 1) {
    sum += i;
    yield i / steps;
  }
  return sum;
}

function* twice(steps: number): Cooperative<number> {
  const first: number = yield* part(count(steps), 0, 0.5);
  const second: number = yield* part(count(steps), 0.5, 1);
  return first + second;
}

describe('cooperative work', () => {
  it('gives the same result at once and in slices', async () => {
    expect(runNow(twice(10))).toBe(90);
    expect(await runInSlices(twice(10), { sliceMs: 0 })).toBe(90);
  });

  it('reports growing progress that ends at 1', async () => {
    const seen: number[] = [];
    await runInSlices(twice(4), { sliceMs: 0, onProgress: (fraction) => seen.push(fraction) });
    expect(seen).toEqual([0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1]);
  });

  it('lets other tasks run between slices', async () => {
    let ticks = 0;
    const timer = setInterval(() => {
      ticks += 1;
    }, 0);
    await runInSlices(count(500), { sliceMs: 0 });
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(0);
  });

  it('stops when told to, with the reason', async () => {
    const controller = new AbortController();
    const work = runInSlices(count(100), {
      sliceMs: 0,
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('enough')),
    });
    await expect(work).rejects.toThrow('enough');
  });
});
