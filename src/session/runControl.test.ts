import { describe, expect, test } from 'vitest';
import { RunControl, RunStopped } from './runControl';

describe('RunControl', () => {
  test('lets running work through', async () => {
    await expect(new RunControl().gate()).resolves.toBeUndefined();
  });

  test('pause resolves when the work rests, and the work goes on only after resume', async () => {
    const control = new RunControl();
    const seen: string[] = [];
    const paused = control.pause().then(() => seen.push('paused'));
    const work = control.gate().then(() => seen.push('worked'));
    await paused;
    expect(seen).toEqual(['paused']);
    await control.pause();
    control.resume();
    await work;
    expect(seen).toEqual(['paused', 'worked']);
  });

  test('stop ends paused and running work alike', async () => {
    const paused = new RunControl();
    void paused.pause();
    const gate = paused.gate();
    paused.stop();
    await expect(gate).rejects.toBeInstanceOf(RunStopped);
    await expect(paused.gate()).rejects.toBeInstanceOf(RunStopped);
  });

  test('a pause that is taken back before any gate does not hang its caller', async () => {
    const control = new RunControl();
    const paused = control.pause();
    control.resume();
    await expect(paused).resolves.toBeUndefined();
    await expect(control.gate()).resolves.toBeUndefined();
  });
});
