import { describe, expect, test } from 'vitest';
import { StudioError } from '../../shared/errors';
import { Attempt, RunControl, RunStopped } from './runControl';

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

describe('Attempt', () => {
  const lost = new StudioError({ code: 'device-lost', what: 'gone', why: '', action: '' });

  test('rests and stops with its run', async () => {
    const control = new RunControl();
    const attempt = new Attempt(control);
    await expect(attempt.gate()).resolves.toBeUndefined();
    void control.pause();
    const gate = attempt.gate();
    control.resume();
    await expect(gate).resolves.toBeUndefined();
    control.stop();
    await expect(attempt.gate()).rejects.toBeInstanceOf(RunStopped);
  });

  test('ends for good when its GPU is lost, also while it rests; the next one rests in its place', async () => {
    const control = new RunControl();
    const first = new Attempt(control);
    const paused = control.pause();
    const gate = first.gate();
    await paused;
    first.revoke(lost);
    await expect(gate).rejects.toBe(lost);
    await expect(first.revoked).rejects.toBe(lost);
    const second = new Attempt(control);
    const seen: string[] = [];
    const next = second.gate().then(() => seen.push('on'));
    expect(seen).toEqual([]);
    control.resume();
    await next;
    await expect(first.gate()).rejects.toBe(lost);
    expect(() => first.check()).toThrow(lost);
    expect(() => second.check()).not.toThrow();
  });
});
