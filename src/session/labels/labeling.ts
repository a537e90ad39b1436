/**
 * What a person does to labels, in the session: changes are kept and wait for the run; CLIP is asked about the pictures.
 * One data set at a time, from its import to the next.
 */
import type { LabelBook } from '../../lcp/labels/labelBook';
import { StudioError } from '../../shared/errors';
import type { Arguments, ClipSource, PictureScores } from '../protocol/commands';
import type { Run } from '../run/run';
import type { ImportedDataset } from '../run/importDataset';
import type { SessionPorts } from '../sessionPorts';
import type { Findings } from './findings';
import type { Guesses } from './guesses';
import type { LabelKeeper } from './labelKeeper';
import { PictureStudy, type Seen } from './pictureStudy';

const refused = (what: string, action: string): StudioError =>
  new StudioError({ code: 'protocol', what, why: '', action });

export class Labeling {
  private dataset: ImportedDataset | null = null;
  private keeper: LabelKeeper | null = null;
  private current: PictureStudy | null = null;
  /** Whose pictures it looks at. */
  private borrowedFrom: Run | null = null;

  constructor(private readonly ports: SessionPorts) {}

  /** The labels of the pictures that are open. @throws StudioError where there are none */
  get book(): LabelBook {
    return this.opened().keeper.book;
  }

  /** Begins with other pictures; the data set learns of classes that a person added at an earlier visit. */
  open(dataset: ImportedDataset, keeper: LabelKeeper): void {
    this.dataset = dataset;
    this.keeper = keeper;
    this.followClasses();
  }

  /** Tells what was kept of these pictures. */
  tell(): void {
    const { book } = this.opened().keeper;
    if (book.touched) this.ports.emit({ type: 'labelChanges', classes: [...book.classes], ...book.changes() });
  }

  /** Leaves the pictures; what is under way ends. */
  async close(): Promise<void> {
    const { current, keeper } = this;
    this.dataset = null;
    this.keeper = null;
    this.current = null;
    await Promise.all([current?.dispose(), keeper?.settled()]);
  }

  /** @param run that is going on, if any */
  edit({ classes, images, to }: Arguments<'editLabels'>, run: Run | null): void {
    const { keeper } = this.opened();
    const { book } = keeper;
    if (run && classes.some((name) => !book.classes.includes(name)))
      throw refused('A class cannot be added while a run is going on.', 'Stop the run, add the class, and start anew.');
    book.addClasses(classes);
    this.followClasses();
    try {
      book.set(images, to);
    } catch (error) {
      throw refused(`These labels cannot be: ${(error as Error).message}.`, 'Reload the page.');
    }
    void keeper.keep();
    if (run) this.ports.emit({ type: 'labelsPending', pictures: run.labels.pending });
  }

  /** @param run that is going on, if any */
  removeClass({ name }: Arguments<'removeClass'>, run: Run | null): void {
    const { keeper } = this.opened();
    if (run)
      throw refused('A class cannot be taken away while a run is going on.', 'Stop the run, and take the class away.');
    const { book } = keeper;
    const c = book.classes.indexOf(name);
    if (!book.isRemovable(c)) throw refused(`The class “${name}” cannot be taken away.`, 'Reload the page.');
    book.removeClass(c);
    this.followClasses();
    void keeper.keep();
  }

  use(run: Run | null): void {
    if (!run) throw refused('No run is going on.', 'Start one: it begins with your labels as they are.');
    run.labels.ask();
  }

  /**
   * @param run the present one, going on or ended
   * @param busy whether it is going on
   */
  async study(clip: ClipSource, run: Run | null, busy: boolean): Promise<Guesses> {
    return (await this.looked(clip, run, busy)).guess(this.book);
  }

  /** The same, for what can be said against pictures and labels. */
  async check(clip: ClipSource, run: Run | null, busy: boolean): Promise<Findings> {
    return (await this.looked(clip, run, busy)).check(this.book);
  }

  private async looked(clip: ClipSource, run: Run | null, busy: boolean): Promise<PictureStudy> {
    const { dataset } = this.opened();
    const seen = run?.seen ?? null;
    if (busy && !seen)
      throw refused('The run has not looked at the pictures yet.', 'Wait until it has; this takes a minute or two.');
    if (seen && this.borrowedFrom !== run) {
      await this.current?.dispose();
      this.current = new PictureStudy(this.ports, dataset, seen);
      this.borrowedFrom = run;
    }
    const study = (this.current ??= new PictureStudy(this.ports, dataset));
    await study.look(clip);
    return study;
  }

  async rankByWords(text: string): Promise<PictureScores> {
    return { scores: await this.studied().byWords(text) };
  }

  async rankByLikeness(images: Uint32Array): Promise<PictureScores> {
    return { scores: await this.studied().like(images) };
  }

  /** What this CLIP has seen already, for a run that begins; nobody else uses it afterwards. */
  async handOver(clip: ClipSource): Promise<Seen | null> {
    const { current } = this;
    this.current = null;
    this.borrowedFrom = null;
    return current ? current.handOver(clip) : null;
  }

  private opened(): { dataset: ImportedDataset; keeper: LabelKeeper } {
    const { dataset, keeper } = this;
    if (!dataset || !keeper) throw refused('There are no pictures yet.', 'Drop a folder of pictures first.');
    return { dataset, keeper };
  }

  private studied(): PictureStudy {
    if (!this.current) throw refused('CLIP has not looked at your pictures yet.', 'Have it look at them first.');
    return this.current;
  }

  /** The data set has the book's classes. */
  private followClasses(): void {
    const { dataset, keeper } = this.opened();
    const { classes } = keeper.book;
    const { summary } = dataset;
    if (classes.length === summary.classes.length) return;
    // Those that came with the pictures stay in front.
    const labeledPerClass = classes.map((_, c) => summary.labeledPerClass[c] ?? 0);
    dataset.summary = { ...summary, classes: [...classes], labeledPerClass };
  }
}
