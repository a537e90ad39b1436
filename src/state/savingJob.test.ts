import { describe, expect, it } from 'vitest';
import { presets } from '../shared/config';
import { StudioError } from '../shared/errors';
import { jobBytes } from './jobSize';
import { initialState } from './studioState';
import { Studio } from './studio';
import { testPorts, type ManualSession, type TestPorts } from './testing';

async function openTraining(): Promise<{ studio: Studio; ports: TestPorts; session: ManualSession }> {
  const ports = testPorts([{ path: 'animals/cat/1.png', file: new File([], '1.png') }]);
  const studio = new Studio(ports);
  await studio.boot();
  await studio.data.openDrop([], 'animals');
  await studio.running.start();
  const session = ports.sessions.at(-1);
  if (!session) throw new Error('no session was opened');
  session.emit({ type: 'state', state: 'training' });
  return { studio, ports, session };
}

describe('a training job', () => {
  it('is one zip with one folder in it, named after the day and the length of the run', async () => {
    const { studio, ports } = await openTraining();
    expect(await studio.job.save()).toBe(true);
    const [saved] = ports.saved;
    expect(saved?.name).toMatch(/^lcp-gan-job-2026-11-22-.*kimg\.zip$/);
    const text = Buffer.from(await (saved?.contents ?? new Blob()).arrayBuffer()).toString('latin1');
    expect(text).toContain('lcp-gan-job/lcpgan/state.py');
    expect(studio.state.run).toMatchObject({ savingJob: null, jobProblem: null });
    // An export of the run it is not: leaving the page still asks.
    expect(studio.state.run.exportedKimg).toBeNull();
  });

  it('is put together once at a time, and says why it was not', async () => {
    const { studio, session, ports } = await openTraining();
    let answer: () => void = () => undefined;
    session.answered = new Promise((resolve) => {
      answer = resolve;
    });
    const first = studio.job.save();
    expect(studio.state.run.savingJob).toEqual({ done: 0, total: 0 });
    expect(await studio.job.save()).toBe(false);
    answer();
    expect(await first).toBe(true);
    session.refuse = new StudioError({ code: 'protocol', what: 'Too large.', why: 'It is.', action: 'Make it small.' });
    expect(await studio.job.save()).toBe(false);
    expect(studio.state.run).toMatchObject({ savingJob: null, jobProblem: { what: 'Too large.' } });
    expect(studio.state.problem).toBeNull();
    expect(ports.saved).toHaveLength(1);
  });

  it('is as large as pictures, networks and the CLIP that judges', async () => {
    const summary = {
      classes: ['a', 'b'],
      imageCount: 1000,
      labeledPerClass: [1, 1],
      unlabeledCount: 998,
      broken: [],
      resolution: 32,
    };
    const state = { ...initialState(), dataset: summary };
    const bare = jobBytes(state);
    expect(bare).toBeGreaterThan(1000 * 32 * 32 * 3);
    const clip = { kind: 'files' as const, files: [new File([new Uint8Array(5000)], 'vision_model.onnx')] };
    expect(jobBytes({ ...state, clip }) - bare).toBe(5000);
    const [nano, lit] = await testPorts([]).listClipModels();
    if (!nano || !lit) throw new Error('two CLIPs were to be listed');
    const listed = { ...state, clipModels: [nano, lit], clip: { kind: 'manifest' as const, id: lit.id } };
    expect(jobBytes(listed) - bare).toBe(lit.bytes);
    expect(jobBytes({ ...listed, run: { critic: nano } }) - bare).toBe(nano.bytes);
    const config = { ...presets.tiny, clipHead: { ...presets.tiny.clipHead, weight: 0 } };
    expect(jobBytes({ ...state, config, clip })).toBe(bare);
    expect(jobBytes(initialState())).toBe(0);
  });
});
