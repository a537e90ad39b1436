// Measuring as the store shows it: choices, progress, results, giving up, and what goes wrong.
import { describe, expect, it } from 'vitest';
import { evaluationOf } from '../session/evaluation/evaluation.testing';
import { StudioError } from '../shared/errors';
import { Studio } from './studio';
import { picture, testPorts } from './testing';

const result = evaluationOf({ kimg: 3, kid: null });

async function open() {
  const ports = testPorts([picture('cat/1.png'), picture('dog/1.png')]);
  const studio = new Studio(ports);
  await studio.boot();
  const [session] = ports.sessions;
  if (!session) throw new Error('no session');
  return { studio, session, ports };
}

describe('measuring', () => {
  it('shows its way and its result, and is asked for with the same seed each time', async () => {
    const { studio, session } = await open();
    let end = (): void => undefined;
    session.answered = new Promise((resolve) => (end = resolve));
    const measuring = studio.evaluating.evaluate({ kind: 'manifest', id: 'resnet50-imagenet' }, 250);
    expect(studio.state.run.evaluating).toEqual({ label: 'Beginning', done: 0 });
    await studio.evaluating.evaluate({ kind: 'clip' }, 250);
    expect(session.calls.filter((call) => call === 'evaluate').length).toBe(1);
    expect(session.evaluated).toEqual({
      network: { kind: 'manifest', id: 'resnet50-imagenet' },
      samples: 250,
      seed: 1,
    });
    session.emit(
      { type: 'evaluating', label: 'Drawing samples', done: 0.3 },
      { type: 'evaluation', result, size: 2, copies: new Uint8ClampedArray(16).buffer },
    );
    end();
    await measuring;
    expect(studio.state).toMatchObject({
      run: { evaluating: null, evaluationProblem: null, evaluations: [{ kimg: 3, frechet: 120 }] },
      problem: null,
    });
    expect(studio.state.run.copyTiles?.rgba.length).toBe(16);
  });

  it('tells what went wrong where it was asked for, and nothing where the user gave it up', async () => {
    const { studio, session } = await open();
    session.refuse = new StudioError({
      code: 'evaluation-missing',
      what: 'It is not here.',
      why: '',
      action: 'Make it.',
    });
    await studio.evaluating.evaluate({ kind: 'manifest', id: 'resnet50-imagenet' }, 250);
    expect(studio.state).toMatchObject({
      run: { evaluating: null, evaluationProblem: { code: 'evaluation-missing' } },
      problem: null,
    });
    let stop = (_: Error): void => undefined;
    session.answered = new Promise((_, reject) => (stop = reject));
    const measuring = studio.evaluating.evaluate({ kind: 'clip' }, 250);
    await studio.evaluating.cancel();
    stop(new Error('cancelled'));
    await measuring;
    expect(session.calls.at(-1)).toBe('cancelEvaluation');
    expect(studio.state).toMatchObject({ run: { evaluating: null, evaluationProblem: null } });
  });

  it('lists the judges once, and does without where the list cannot be had', async () => {
    const { studio, ports } = await open();
    await studio.evaluating.listNetworks();
    expect(studio.state.evaluationNetworks?.map(({ id }) => id)).toEqual(['resnet50-imagenet']);
    ports.listEvaluationNetworks = () => Promise.reject(new Error('offline'));
    await studio.evaluating.listNetworks();
    expect(studio.state.evaluationNetworks?.length).toBe(1);
    const other = await open();
    other.ports.listEvaluationNetworks = () => Promise.reject(new Error('offline'));
    await other.studio.evaluating.listNetworks();
    expect(other.studio.state.evaluationNetworks).toEqual([]);
  });
});
