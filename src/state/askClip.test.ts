// Asking CLIP as the store shows it: what counts as a text, the way of a question, what goes wrong, and answers that
// come too late.
import { describe, expect, it } from 'vitest';
import { mostTexts, type ClipAnswer } from '../session/clip/clipAnswer';
import { StudioError } from '../shared/errors';
import { imageIndex } from '../shared/indices';
import { textsOf } from './askTexts';
import { Studio } from './studio';
import { canAskClip } from './studioState';
import { picture, testPorts } from './testing';

const result: ClipAnswer = {
  clip: 'clip-nano',
  standIn: true,
  pictures: 2,
  from: 0.1,
  to: 0.3,
  texts: [
    {
      text: 'a cat',
      read: null,
      best: [{ image: imageIndex(0), score: 0.3, classIndex: 0, given: true }],
      worst: [],
      median: 0.2,
      counts: [1, 1],
      won: 2,
    },
  ],
};

async function open() {
  const ports = testPorts([picture('cat/1.png'), picture('dog/1.png')]);
  const studio = new Studio(ports);
  await studio.boot();
  const [session] = ports.sessions;
  if (!session) throw new Error('no session');
  await studio.data.openSample();
  return { studio, session, ports };
}

describe('texts of a question', () => {
  it('are the lines, or the parts between commas of a single line', () => {
    expect(textsOf('a red car, blurry ,, a red car').texts).toEqual(['a red car', 'blurry']);
    expect(textsOf('\n a cat, asleep \r\n\na dog\n').texts).toEqual(['a cat, asleep', 'a dog']);
    expect(textsOf('红色的车，模糊').texts).toEqual(['红色的车', '模糊']);
    expect(textsOf('\n red, \n').texts).toEqual(['red']);
    expect(textsOf(' , ')).toEqual({ texts: [], left: 0 });
    expect(textsOf('')).toEqual({ texts: [], left: 0 });
  });

  it('are no more than a question takes', () => {
    const many = textsOf(Array.from({ length: mostTexts + 3 }, (_, i) => `word ${i}`).join('\n'));
    expect([many.texts.length, many.left]).toEqual([mostTexts, 3]);
  });
});

describe('asking CLIP', () => {
  it('can be done from when the features are there until other pictures come', async () => {
    const { studio, session, ports } = await open();
    const phase = (name: 'features' | 'labels') => {
      session.emit({ type: 'progress', phase: name, label: '', done: 1, total: 1, unit: 'steps', secondsLeft: null });
      ports.frame();
    };
    expect(canAskClip(studio.state)).toBe(false);
    await studio.running.start();
    phase('features');
    expect(canAskClip(studio.state)).toBe(false);
    phase('labels');
    expect(canAskClip(studio.state)).toBe(true);
    await studio.running.stop();
    studio.newRun();
    expect(canAskClip(studio.state)).toBe(true);
    await studio.data.openSample();
    expect(canAskClip(studio.state)).toBe(false);
  });

  it('shows the question while it waits, then the answer; one at a time', async () => {
    const { studio, session } = await open();
    let end = (): void => undefined;
    session.answered = new Promise((resolve) => (end = resolve));
    const asking = studio.askClip.ask(['a cat']);
    expect(studio.state.run.askingClip).toEqual(['a cat']);
    await studio.askClip.ask(['a dog']);
    expect(session.asked).toEqual(['a cat']);
    session.emit({ type: 'clipAnswer', result });
    end();
    await asking;
    expect(studio.state).toMatchObject({
      run: { askingClip: null, clipAnswer: { clip: 'clip-nano' }, askClipProblem: null },
      problem: null,
    });
  });

  it('tells what went wrong where it was asked, and keeps the answer before', async () => {
    const { studio, session } = await open();
    session.answered = Promise.resolve().then(() => session.emit({ type: 'clipAnswer', result }));
    await studio.askClip.ask(['a cat']);
    session.refuse = new StudioError({
      code: 'clip-missing',
      what: 'This CLIP has no text tower.',
      why: '',
      action: 'Add it.',
    });
    await studio.askClip.ask(['a dog']);
    expect(studio.state).toMatchObject({
      run: { askingClip: null, askClipProblem: { code: 'clip-missing' }, clipAnswer: { clip: 'clip-nano' } },
      problem: null,
    });
    expect(session.calls.filter((call) => call === 'askClip').length).toBe(2);
    await studio.askClip.ask([]);
    expect(session.calls.filter((call) => call === 'askClip').length).toBe(2);
  });

  it('takes no answer for pictures that are gone', async () => {
    const { studio, session, ports } = await open();
    let end = (): void => undefined;
    session.answered = new Promise((resolve) => (end = resolve));
    const asking = studio.askClip.ask(['a cat']);
    await studio.data.openSample();
    session.emit({ type: 'clipAnswer', result });
    end();
    await asking;
    ports.frame();
    expect(studio.state).toMatchObject({ run: { askingClip: null, clipAnswer: null, askClipProblem: null } });
  });
});
