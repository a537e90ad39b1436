/**
 * Labels as a person changes them: every change is made here at once, can be undone, and is handed to the session, which
 * keeps it and lets the run that is going on take it in. CLIP is asked about the pictures when a person wants it.
 */
import { countInto } from './labelCounts';
import { toErrorInfo } from '../shared/errors';
import type { SessionPort } from '../session/protocol/client';
import type { ClipSource } from '../session/protocol/commands';
import {
  LabelStep,
  PictureFindings,
  PictureGuesses,
  PictureRanking,
  Shown,
  type LabelingState,
  type LabelView,
} from './labelingState';
import { viewedPictures } from './labelView';
import { exportLabels, type LabelExport } from './labelExport';
import type { StudioCore } from './studioCore';
import { imageFile, isRunning, toClipSource } from './studioState';
import { imageIndex } from '../shared/indices';

/** Steps that can be undone. */
const keptSteps = 200;

export class Labeling {
  constructor(private readonly core: StudioCore) {}

  open(): void {
    if (!this.core.state.labeling.labels) return;
    this.core.update((state) => {
      state.aside = 'labels';
    });
    this.show();
  }

  /**
   * @param name what was done, for "Undo …"
   * @param to a class, or what `LabelBook.set` takes
   */
  label(images: Uint32Array, to: number, name: string): void {
    const { labels } = this.core.state.labeling;
    if (!labels || images.length === 0) return;
    const change = labels.book.set(images, to);
    this.core.update(({ labeling }) => {
      labeling.undo = [...labeling.undo.slice(1 - keptSteps), new LabelStep(name, change)];
      labeling.redo = [];
    });
    this.changed(change.images, change.after);
    this.announce(name);
  }

  undo(): void {
    const step = this.core.state.labeling.undo.at(-1);
    const { labels } = this.core.state.labeling;
    if (!step || !labels) return;
    labels.book.set(step.change.images, step.change.before);
    this.core.update(({ labeling }) => {
      labeling.undo = labeling.undo.slice(0, -1);
      labeling.redo = [...labeling.redo, step];
    });
    this.changed(step.change.images, step.change.before);
    this.announce(`Undone: ${step.name}`);
  }

  redo(): void {
    const step = this.core.state.labeling.redo.at(-1);
    const { labels } = this.core.state.labeling;
    if (!step || !labels) return;
    labels.book.set(step.change.images, step.change.after);
    this.core.update(({ labeling }) => {
      labeling.redo = labeling.redo.slice(0, -1);
      labeling.undo = [...labeling.undo, step];
    });
    this.changed(step.change.images, step.change.after);
    this.announce(`Done again: ${step.name}`);
  }

  /** A class of the person's own; only while no run is going on. False where there is one of this name, or none may be. */
  addClass(name: string): boolean {
    const { labeling, session } = this.core.state;
    const { labels } = labeling;
    const wanted = name.trim();
    if (!labels || isRunning(session) || wanted === '' || labels.book.classes.includes(wanted)) return false;
    labels.book.addClasses([wanted]);
    this.changed(new Uint32Array(), new Int32Array());
    this.announce(`Added the class ${wanted}`);
    return true;
  }

  /** Takes a class of the person's own away that no picture has; only while no run is going on. */
  removeClass(c: number): void {
    const { labeling, session } = this.core.state;
    const { labels } = labeling;
    if (!labels || isRunning(session) || !labels.book.isRemovable(c)) return;
    const name = labels.book.classes[c] ?? '';
    const { classIndex } = labeling.view;
    labels.book.removeClass(c);
    this.core.update((state) => {
      const { view } = state.labeling;
      Object.assign(state.labeling, {
        revision: state.labeling.revision + 1,
        undo: state.labeling.undo.map((step) => step.withoutClass(c)),
        redo: state.labeling.redo.map((step) => step.withoutClass(c)),
        // They name classes by number.
        guesses: null,
        findings: null,
        stale: false,
        view: { ...view, classIndex: null },
      });
      countInto(state, labels.book);
    });
    // Another view only where it was of some class: a new one would take the cursor back to its head.
    if (classIndex !== null) this.show();
    this.announce(`Took the class ${name} away`);
    this.core.session?.removeClass({ name }).catch((error: unknown) => this.report(error));
  }

  setView(view: Partial<LabelView>): void {
    this.core.update(({ labeling }) => {
      Object.assign(labeling.view, view);
    });
    this.show();
  }

  /** Brings the grid up to date with what has changed since it was laid out. */
  show(): void {
    const { labels, view, guesses, ranking } = this.core.state.labeling;
    if (!labels) return;
    const images = viewedPictures(view, { book: labels.book, guesses, ranking });
    this.core.update(({ labeling }) => {
      labeling.shown = new Shown(images);
    });
  }

  /** Has CLIP look at the pictures, where it has not, and guesses labels; afterwards the grid is laid out anew. */
  async study(): Promise<boolean> {
    const { revision } = this.core.state.labeling;
    const done = await this.ask(async (session, clip) => {
      const guesses = new PictureGuesses(await session.studyPictures({ clip }));
      return (labeling) => Object.assign(labeling, { guesses, stale: labeling.revision !== revision });
    }, 'CLIP has looked at the pictures.');
    if (done) this.show();
    return done;
  }

  /** Opens the data checks, and goes through them where that was not done yet. */
  openChecks(): void {
    if (!this.core.state.labeling.labels) return;
    this.core.update((state) => {
      state.aside = 'checks';
    });
    if (!this.core.state.labeling.findings) void this.check();
  }

  /** Looks for what is wrong with pictures and labels. */
  check(): Promise<boolean> {
    return this.ask(async (session, clip) => {
      const findings = new PictureFindings(await session.checkPictures({ clip }));
      return (labeling) => Object.assign(labeling, { findings });
    }, 'The pictures have been checked.');
  }

  /** Lays the grid out by how well pictures fit words. */
  async rankByWords(text: string): Promise<void> {
    const words = text.trim();
    if (words !== '') await this.rank((session) => session.rankByWords({ text: words }), 'words', words);
  }

  /** Lays the grid out by likeness to some pictures; gives the scores, null where CLIP could not be asked. */
  async rankByLikeness(images: readonly number[]): Promise<Float32Array | null> {
    const [first] = images;
    if (first === undefined) return null;
    const name = this.nameOf(first);
    const about = images.length === 1 ? name : `${name} and ${images.length - 1} more`;
    return this.rank((session) => session.rankByLikeness({ images: Uint32Array.from(images) }), 'alike', about, images);
  }

  /** The run that is going on takes the labels in before its next iteration. */
  async applyNow(): Promise<void> {
    const { session } = this.core;
    try {
      await session?.useLabels();
      this.announce('Training takes your labels in now.');
    } catch (error) {
      this.report(error);
    }
  }

  /** Saves the labels as a table, or the pictures as sorted folders. */
  async export(what: LabelExport): Promise<void> {
    const { state, ports } = this.core;
    if (!state.labeling.labels || state.busy.labels) return;
    this.core.update(({ busy }) => {
      busy.labels = true;
    });
    try {
      const { name, contents } = await exportLabels(state, what, new Date(ports.now()));
      ports.saveFile(name, contents);
      this.announce(`Saved ${name}.`);
    } catch (error) {
      this.report(error);
    } finally {
      this.core.update(({ busy }) => {
        delete busy.labels;
      });
    }
  }

  dismissProblem(): void {
    this.core.update(({ labeling }) => {
      labeling.problem = null;
    });
  }

  /** File name of a picture. */
  nameOf(image: number): string {
    return imageFile(this.core.state, imageIndex(image))?.name ?? `picture ${image + 1}`;
  }

  /** Asks the session something that takes time, once at a time; true where it was answered about these pictures. */
  private async ask(
    question: (session: SessionPort, clip: ClipSource) => Promise<(labeling: LabelingState) => void>,
    done: string,
  ): Promise<boolean> {
    const { session, state } = this.core;
    const { labels, studying } = state.labeling;
    if (!session || !labels || studying) return false;
    this.core.update(({ labeling }) => {
      Object.assign(labeling, { studying: { label: 'Asking CLIP', done: 0, total: 0 }, problem: null });
    });
    try {
      const answer = await question(session, toClipSource(state.clip));
      if (this.core.state.labeling.labels !== labels) return false;
      this.core.flush();
      this.core.update(({ labeling }) => {
        answer(labeling);
        labeling.studying = null;
      });
      this.announce(done);
      return true;
    } catch (error) {
      if (this.core.state.labeling.labels !== labels) return false;
      this.core.update(({ labeling }) => {
        Object.assign(labeling, { problem: toErrorInfo(error), studying: null });
      });
      return false;
    }
  }

  private async rank(
    ask: (session: SessionPort) => Promise<{ scores: Float32Array }>,
    kind: PictureRanking['kind'],
    about: string,
    models: readonly number[] = [],
  ): Promise<Float32Array | null> {
    if (!this.core.state.labeling.guesses && !(await this.study())) return null;
    const { session, state } = this.core;
    const { labels } = state.labeling;
    if (!session) return null;
    try {
      const { scores } = await ask(session);
      if (this.core.state.labeling.labels !== labels) return null;
      this.core.update(({ labeling }) => {
        labeling.ranking = new PictureRanking(kind, about, scores, models);
      });
      this.setView({ order: kind });
      return scores;
    } catch (error) {
      if (this.core.state.labeling.labels === labels) this.report(error);
      return null;
    }
  }

  private report(error: unknown): void {
    this.core.update(({ labeling }) => {
      labeling.problem = toErrorInfo(error);
    });
  }

  private announce(text: string): void {
    this.core.update((state) => {
      state.announcement = text;
    });
  }

  /** Tells everybody of labels that have changed. */
  private changed(images: Uint32Array<ArrayBuffer>, to: Int32Array<ArrayBuffer>): void {
    const { session, state } = this.core;
    const { labels } = state.labeling;
    if (!labels) return;
    const { book } = labels;
    this.core.update((draft) => {
      draft.labeling.revision += 1;
      draft.labeling.stale = draft.labeling.guesses !== null;
      countInto(draft, book);
    });
    session?.editLabels({ classes: [...book.classes], images, to }).catch((error: unknown) => this.report(error));
  }
}
