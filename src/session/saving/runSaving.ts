/**
 * A run between two processes: finds what an earlier one saved, revives it, and saves the present one.
 */
import type { ClipModel } from '../../clip/model';
import type { Snapshot } from '../../lcp/training/snapshots';
import type { RunConfig } from '../../shared/config';
import { StudioError } from '../../shared/errors';
import { criticFor } from '../clip/critic';
import type { RunLabels, SavedLabels } from '../labels/runLabels';
import type { Knowledge } from '../knowledge/knowledge';
import type { Origin, Resume, RunTitle } from '../protocol/commands';
import type { ImportedDataset } from '../run/importDataset';
import type { SessionPorts } from '../sessionPorts';
import type { TrainingMemory } from '../training/trainingMemory';
import {
  identityOf,
  isSame,
  savedRun,
  revivedKnowledge,
  revivedMemory,
  type AboutRun,
  type SavedRun,
} from './savedRun';

/** Whether a run begins, with what, or goes on. */
export interface HowRunBegins {
  /** Without it a run begins. */
  resume?: Resume | undefined;
  /** The kept run that is resumed; default the newest that fits. */
  run?: string | undefined;
  from?: Origin | undefined;
  title?: RunTitle | undefined;
}

export interface RunSavingOptions extends HowRunBegins {
  ports: Pick<SessionPorts, 'runStore' | 'emit'>;
  /** As it came: a run is known by the labels of the drop, not by what a person changed since. */
  dataset: ImportedDataset;
  labels: RunLabels;
  config: RunConfig;
  /** Id of the CLIP that is to judge samples; default the one that did, or would. */
  critic?: string | undefined;
}

interface Revived {
  knowledge: Knowledge;
  memory: TrainingMemory;
}

export class RunSaving {
  /** The run is saved under this; one that resumes another bears that one's. */
  private id: string = crypto.randomUUID();
  private title: RunTitle | undefined;
  /** The run that a person had stopped and that is to go on, until it does. */
  private stoppedBefore: string | null = null;

  constructor(private readonly options: RunSavingOptions) {
    this.title = options.title;
  }

  /** This very run, as an earlier process saved it. @throws StudioError where it must be there and is not */
  async find(model: ClipModel): Promise<SavedRun | null> {
    const { ports, dataset, config, resume, run, critic } = this.options;
    if (!resume) return null;
    const identity = identityOf(dataset, config, model);
    const judged = (each: AboutRun): boolean =>
      critic === undefined || (each.identity.critic?.id ?? null) === criticFor(model, config, critic);
    const fits = (each: AboutRun): boolean =>
      (run ?? each.id) === each.id && isSame(each.identity, identity) && judged(each);
    const find = async () => (await ports.runStore?.list())?.find(fits);
    // Of a run that another tab has, the list does not speak.
    const wanted = run ?? (await find())?.id;
    if (wanted !== undefined && resume === 'must') await claimRun(ports, wanted);
    else if (wanted !== undefined && (await ports.runStore?.claim(wanted)) === false) return null;
    const about = await find();
    const saved = (about && (await ports.runStore?.load(about.id))) ?? null;
    if (!saved && resume === 'must') throw otherRun(model.name);
    return saved;
  }

  /**
   * The run that is to go on is one that a person stopped no more: if the process dies before the first save, they are
   * told of it.
   */
  async takeUp(): Promise<void> {
    const { ports, resume, run } = this.options;
    if (resume !== 'must' || !ports.runStore) return;
    const about = (await ports.runStore.list().catch(() => [])).find(({ id }) => id === run);
    if (!about?.stopped) return;
    this.stoppedBefore = about.id;
    await ports.runStore.setStopped(about.id, false).catch(() => undefined);
  }

  /** It came to nothing, and the person knows: what they had stopped is stopped. */
  async leaveAsItWas(): Promise<void> {
    const { stoppedBefore: id } = this;
    this.stoppedBefore = null;
    if (id !== null) await this.options.ports.runStore?.setStopped(id, true).catch(() => undefined);
  }

  /**
   * What the run knew and how far it had come, once `compile` has taken both.
   * @param features of the pictures, unit rows, [N, d]
   * @returns null where it does not fit what the studio has become meanwhile, and may begin anew: that is told
   */
  async revive(
    saved: SavedRun,
    features: Float32Array,
    compile: (revived: Revived) => Promise<void>,
  ): Promise<Revived | null> {
    let revived: Revived;
    const { labels } = this.options;
    const before = labels.saved();
    try {
      if (saved.labels) this.bringBack(saved.labels);
      revived = { knowledge: revivedKnowledge(saved, features), memory: revivedMemory(saved) };
      await compile(revived);
    } catch (error) {
      if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
      labels.restore(before);
      if (this.options.resume === 'must') throw otherVersion(error);
      const text = `The run that was saved does not fit this version of the studio (${error.message}), so it begins anew.`;
      this.options.ports.emit({ type: 'notice', tone: 'warning', code: 'not-resumed', text, action: '' });
      return null;
    }
    this.id = saved.about.id;
    this.title = saved.about.title ?? this.title;
    this.stoppedBefore = null;
    return revived;
  }

  /** The labels of the run that goes on; the page hears of those that it does not know. */
  private bringBack(saved: SavedLabels): void {
    const { labels, ports } = this.options;
    const told = labels.restore(saved);
    const { book } = labels;
    if (told) ports.emit({ type: 'labelChanges', classes: [...book.classes], ...book.changes() });
    ports.emit({ type: 'labelsPending', pictures: labels.pending });
  }

  /**
   * The saved run where `critic` is what judged its samples; else null, or an error where it must be resumed. A later
   * version of the studio may have another one under the same name.
   */
  judgedBy(critic: ClipModel, saved: SavedRun): SavedRun | null {
    const { critic: judged } = saved.about.identity;
    if (judged === undefined || judged.hash === critic.hash) return saved;
    if (this.options.resume === 'must') throw otherRun(critic.name);
    return null;
  }

  /** What is to be saved of this moment. @param stopped whether a person ended the run here */
  present(
    model: ClipModel,
    critic: ClipModel,
    knowledge: Knowledge,
    snapshot: Snapshot,
    memory: TrainingMemory,
    stopped: boolean,
  ): SavedRun {
    const { dataset, config, labels } = this.options;
    return savedRun(
      { id: this.id, title: this.title, stopped },
      identityOf(dataset, config, model, critic),
      knowledge,
      snapshot,
      memory,
      labels.saved(),
    );
  }

  /**
   * Hands the run to the run store. What goes wrong there is told, and the run goes on: it is well, and there may be
   * room again next time.
   */
  async save(saved: SavedRun): Promise<void> {
    const { ports } = this.options;
    try {
      await ports.runStore?.save(saved);
      ports.emit({ type: 'kept', run: saved.about.id });
    } catch (error) {
      const text = `The state of the run could not be saved: ${error instanceof Error ? error.message : String(error)}`;
      ports.emit({
        type: 'notice',
        tone: 'warning',
        code: 'not-saved',
        text,
        action:
          'Make room, or export now and then: until it can be saved, what was trained is lost with this page or process.',
      });
    }
  }
}

/** Takes a kept run for this process alone. @throws StudioError where another has it */
export async function claimRun({ runStore }: Pick<SessionPorts, 'runStore'>, id: string): Promise<void> {
  if ((await runStore?.claim(id)) !== false) return;
  throw new StudioError({
    code: 'config-invalid',
    what: 'This run is open in another tab already.',
    why: 'Two tabs would save it over each other.',
    action: 'Go on with it there, or close that tab and try again.',
  });
}

function otherRun(clip: string): StudioError {
  return new StudioError({
    code: 'config-invalid',
    what: 'The saved run cannot be resumed like this.',
    why: `It is no longer saved here, or is of other pictures, or was made with another CLIP than ${clip}.`,
    action: 'Choose the CLIP that it was made with, or start a new run.',
  });
}

function otherVersion(cause: Error): StudioError {
  return new StudioError(
    {
      code: 'format',
      what: 'The saved run does not fit this version of the studio.',
      why: 'It was saved by another version, or what was saved is damaged.',
      action: 'Start a new run with the same pictures.',
      detail: cause.message,
    },
    { cause },
  );
}
