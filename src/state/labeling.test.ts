// Labels as a person changes them: at once on the page, told to the session, undone, exported; CLIP asked on demand.
import { beforeEach, describe, expect, it } from 'vitest';
import { IGNORED } from '../lcp/labels/labelBook';
import { UNLABELED } from '../shared/domain';
import { exportLabels } from './labelExport';
import { Studio } from './studio';
import { picture, testPorts, type ManualSession, type TestPorts } from './testing';

let ports: TestPorts;
let studio: Studio;
let session: ManualSession;
let edits: { classes: string[]; images: number[]; to: number[] }[];

const names = ['cat/a.png', 'cat/b.png', 'dog/c.png', 'unlabeled/d.png', 'unlabeled/e.png', 'unlabeled/a.png'];
const state = () => studio.state.labeling;
const book = () => {
  const { labels } = state();
  if (!labels) throw new Error('no labels');
  return labels.book;
};

beforeEach(async () => {
  ports = testPorts(names.map(picture));
  studio = new Studio(ports);
  await studio.boot();
  ports.frame();
  await studio.data.openSample();
  ports.frame();
  session = ports.sessions[0] as ManualSession;
  edits = [];
  session.answers.editLabels = async ({ classes, images, to }) =>
    void edits.push({ classes, images: [...images], to: [...to] });
  session.answers.studyPictures = async () => ({
    inferred: Int32Array.of(0, 0, 1, 1, 0, 1),
    confidence: Float32Array.of(1, 1, 1, 0.9, 0.6, 0.8),
    accuracy: 0.5,
    queue: Uint32Array.of(4, 5, 3),
  });
  session.answers.rankByWords = async () => ({ scores: Float32Array.of(0.1, 0.5, NaN, 0.3, 0.2, 0.4) });
  session.answers.rankByLikeness = async () => ({ scores: Float32Array.of(1, 0.2, 0.1, 0.7, -0.2, 0.6) });
});

describe('labeling', () => {
  it('begins with the labels of the drop, and changes, undoes and redoes them, here and in the session', () => {
    expect([...book().codes()]).toEqual([0, 0, 1, UNLABELED, UNLABELED, UNLABELED]);
    studio.labeling.label(Uint32Array.of(3, 4), 1, 'dogs');
    expect(studio.state.dataset).toMatchObject({ labeledPerClass: [2, 3], unlabeledCount: 1 });
    studio.labeling.label(Uint32Array.of(4), IGNORED, 'out');
    studio.labeling.undo();
    expect([book().at(4), state().undo.map(({ name }) => name), state().redo.map(({ name }) => name)]).toEqual([
      1,
      ['dogs'],
      ['out'],
    ]);
    studio.labeling.redo();
    studio.labeling.undo();
    studio.labeling.undo();
    studio.labeling.undo();
    expect([book().edited, studio.state.dataset?.unlabeledCount]).toEqual([0, 3]);
    expect(edits.map(({ images }) => images)).toEqual([[3, 4], [4], [4], [4], [4], [3, 4]]);
    expect(edits.at(-1)?.to).toEqual([-3, -3]);
    // Something new cannot be followed by what was undone before.
    studio.labeling.label(Uint32Array.of(0), 1, 'new');
    expect(state().redo).toEqual([]);
  });

  it('takes classes of the person’s own, but none twice and none during a run', () => {
    expect([studio.labeling.addClass(' cow '), studio.labeling.addClass('cow'), studio.labeling.addClass(' ')]).toEqual(
      [true, false, false],
    );
    expect(studio.state.dataset).toMatchObject({ classes: ['cat', 'dog', 'cow'], labeledPerClass: [2, 1, 0] });
    expect(edits.at(-1)).toMatchObject({ classes: ['cat', 'dog', 'cow'], images: [] });
    session.emit({ type: 'state', state: 'training' });
    ports.frame();
    expect(studio.labeling.addClass('pig')).toBe(false);
  });

  it('takes a class of the person’s own away where no picture has it; what can be undone still fits', async () => {
    const removed: string[] = [];
    session.answers.removeClass = async ({ name }) => void removed.push(name);
    for (const name of ['cwo', 'cow']) studio.labeling.addClass(name);
    studio.labeling.label(Uint32Array.of(3), 3, 'a cow');
    studio.labeling.label(Uint32Array.of(4), 2, 'by mistake');
    studio.labeling.removeClass(2);
    expect(removed).toEqual([]);
    studio.labeling.undo();
    studio.labeling.removeClass(0);
    studio.labeling.removeClass(2);
    expect(removed).toEqual(['cwo']);
    expect(studio.state.dataset).toMatchObject({ classes: ['cat', 'dog', 'cow'], labeledPerClass: [2, 1, 1] });
    studio.labeling.redo();
    expect([book().at(3), book().at(4)]).toEqual([2, UNLABELED]);
    studio.labeling.undo();
    studio.labeling.undo();
    expect(book().at(3)).toBe(UNLABELED);
  });

  it('takes up what was kept of these pictures', () => {
    session.emit({
      type: 'labelChanges',
      classes: ['cat', 'dog', 'cow'],
      images: Uint32Array.of(5, 0),
      to: Int32Array.of(2, IGNORED),
    });
    ports.frame();
    expect([...book().codes()]).toEqual([IGNORED, 0, 1, UNLABELED, UNLABELED, 2]);
    expect(studio.state.dataset).toMatchObject({ labeledPerClass: [1, 1, 1], unlabeledCount: 2 });
    expect(state().undo).toEqual([]);
  });

  it('filters and sorts, and leaves the pictures where they are while labels change', async () => {
    studio.labeling.setView({ filter: 'open', order: 'next' });
    expect([...state().shown.images]).toEqual([3, 4, 5]);
    expect(await studio.labeling.study()).toBe(true);
    expect([...state().shown.images]).toEqual([4, 5, 3]);
    studio.labeling.label(Uint32Array.of(5), 0, 'cat');
    expect([[...state().shown.images], state().stale]).toEqual([[4, 5, 3], true]);
    studio.labeling.show();
    expect([...state().shown.images]).toEqual([4, 3]);
    studio.labeling.setView({ order: 'unsure' });
    expect([...state().shown.images]).toEqual([4, 3]);
    studio.labeling.setView({ order: 'sure' });
    expect([...state().shown.images]).toEqual([3, 4]);
    studio.labeling.setView({ filter: 'all', order: 'path', classIndex: 1 });
    expect([...state().shown.images]).toEqual([2, 3]);
    studio.labeling.setView({ filter: 'fixed', classIndex: null });
    expect([...state().shown.images]).toEqual([5]);
  });

  it('searches by words and by likeness, best first, what cannot be read last; CLIP is asked first where it was not', async () => {
    await studio.labeling.rankByWords('  a cat ');
    expect(session.calls.slice(-2)).toEqual(['studyPictures', 'rankByWords']);
    expect([...state().shown.images]).toEqual([1, 5, 3, 4, 0, 2]);
    await studio.labeling.rankByLikeness([0]);
    expect(state().ranking).toMatchObject({ kind: 'alike', about: 'a.png' });
    expect([...state().shown.images].slice(0, 3)).toEqual([0, 3, 5]);
  });

  it('says why CLIP could not be asked, and is as before', async () => {
    session.refuse = new Error('no CLIP');
    expect(await studio.labeling.study()).toBe(false);
    expect([state().problem?.detail, state().studying, state().guesses]).toEqual([
      expect.stringContaining('no CLIP'),
      null,
      null,
    ]);
  });

  it('exports a table and folders, with guesses where they are sure enough', async () => {
    studio.labeling.label(Uint32Array.of(5), 0, 'cat');
    studio.labeling.label(Uint32Array.of(1), IGNORED, 'out');
    await studio.labeling.study();
    const table = await exportLabels(studio.state, { kind: 'csv', inferredFrom: 0.7 }, new Date(0));
    expect(table.name).toBe('labels-1970-01-01.csv');
    expect((await table.contents.text()).split('\r\n')).toEqual([
      'path,label,source,confidence',
      'cat/a.png,cat,given,1',
      'cat/b.png,,ignored,',
      'dog/c.png,dog,given,1',
      'unlabeled/d.png,dog,inferred,0.9',
      'unlabeled/e.png,,none,',
      'unlabeled/a.png,cat,fixed,1',
      '',
    ]);
    await studio.labeling.export({ kind: 'folders', inferredFrom: null });
    const zip = ports.saved.at(-1);
    expect(zip?.name).toBe('sorted-2026-11-22.zip');
    const text = new TextDecoder('latin1').decode(await zip?.contents.arrayBuffer());
    for (const path of ['cat/a.png', 'cat/a (2).png', 'dog/c.png', 'unlabeled/d.png', 'unlabeled/e.png'])
      expect(text, path).toContain(path);
    expect(text).not.toContain('b.png');
    expect(studio.state.busy.labels).toBeUndefined();
  });

  it('opens in place of the stage and leads back', () => {
    studio.labeling.open();
    expect([studio.state.aside, studio.state.stage]).toEqual(['labels', 'review']);
    studio.show(null);
    expect(studio.state.aside).toBeNull();
  });
});
