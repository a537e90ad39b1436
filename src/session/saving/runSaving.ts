/**
 * One run and its keeper: finds the run that an earlier process left, revives it, and hands on what is to be kept.
 */
import type { ClipModel } from '../../clip/model';
import type { Snapshot } from '../../lcp/training/snapshots';
import type { RunConfig } from '../../shared/config';
import { StudioError } from '../../shared/errors';
import type { Knowledge } from '../knowledge/knowledge';
import type { TakeUp } from '../protocol/commands';
import type { ImportedDataset } from '../run/importDataset';
import type { SessionPorts } from '../sessionPorts';
import type { TrainingMemory } from '../training/trainingMemory';
import { identityOf, isSame, keptRun, revivedKnowledge, revivedMemory, type KeptRun } from './keptRun';

export interface RunSavingOptions {
  ports: Pick<SessionPorts, 'keeper' | 'emit'>;
  dataset: ImportedDataset;
  config: RunConfig;
  /** Without it a run begins. */
  takeUp?: TakeUp | undefined;
}

interface Revived {
  knowledge: Knowledge;
  memory: TrainingMemory;
}

export class RunSaving {
  /** The run is kept under this; one that goes on with another bears that one's. */
  private id: string = crypto.randomUUID();

  constructor(private readonly options: RunSavingOptions) {}

  /** This very run, as an earlier process left it. @throws StudioError where it must be there and is not */
  async find(model: ClipModel): Promise<KeptRun | null> {
    const { ports, dataset, config, takeUp } = this.options;
    if (!takeUp) return null;
    const identity = identityOf(dataset, config, model);
    const about = (await ports.keeper?.list())?.find((each) => isSame(each.identity, identity));
    const kept = (about && (await ports.keeper?.load(about.id))) ?? null;
    if (!kept && takeUp === 'must') throw otherRun(model.name);
    return kept;
  }

  /**
   * What the run knew and how far it had come, once `compile` has taken both.
   * @param features of the pictures, unit rows, [N, d]
   * @returns null where it does not fit what the studio has become meanwhile, and may begin anew: that is told
   */
  async revive(
    kept: KeptRun,
    features: Float32Array,
    compile: (revived: Revived) => Promise<void>,
  ): Promise<Revived | null> {
    let revived: Revived;
    try {
      revived = { knowledge: revivedKnowledge(kept, features), memory: revivedMemory(kept) };
      await compile(revived);
    } catch (error) {
      if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
      if (this.options.takeUp === 'must') throw otherVersion(error);
      const text = `The run that was kept does not fit this version of the studio (${error.message}), so it begins anew.`;
      this.options.ports.emit({ type: 'notice', tone: 'warning', code: 'not-taken-up', text, action: '' });
      return null;
    }
    this.id = kept.about.id;
    return revived;
  }

  /** What is to be kept of this moment. */
  present(model: ClipModel, knowledge: Knowledge, snapshot: Snapshot, memory: TrainingMemory): KeptRun {
    const { dataset, config } = this.options;
    return keptRun(this.id, identityOf(dataset, config, model), knowledge, snapshot, memory);
  }

  /**
   * Hands the run to its keeper. What goes wrong there is told, and the run goes on: it is well, and there may be room
   * again next time.
   */
  async keep(kept: KeptRun): Promise<void> {
    const { ports } = this.options;
    try {
      await ports.keeper?.keep(kept);
    } catch (error) {
      const text = `The state of the run could not be kept: ${error instanceof Error ? error.message : String(error)}`;
      ports.emit({
        type: 'notice',
        tone: 'warning',
        code: 'not-kept',
        text,
        action:
          'Make room, or export now and then: until it can be kept, what was trained is lost with this page or process.',
      });
    }
  }
}

function otherRun(clip: string): StudioError {
  return new StudioError({
    code: 'config-invalid',
    what: 'The run that was left cannot be gone on with like this.',
    why: `It is no longer kept here, or was made with another CLIP than ${clip}.`,
    action: 'Choose the CLIP that it was made with, or start a new run.',
  });
}

function otherVersion(cause: Error): StudioError {
  return new StudioError(
    {
      code: 'format',
      what: 'The run that was left does not fit this version of the studio.',
      why: 'It was kept by another version, or what was kept is damaged.',
      action: 'Start a new run with the same pictures.',
      detail: cause.message,
    },
    { cause },
  );
}
