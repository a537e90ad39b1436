/**
 * What the page, checkpoints and advice say of a base model, worked out from a configuration alone. Nothing here needs
 * the engine, so the page can ask it without loading that.
 */
import type { ConditionShape } from '../../nn/conditionTable';
import type { NetworkPlans } from '../../nn/parameterPlan';
import type { RunConfig } from '../../shared/config';
import type { ConfigField } from '../../shared/configField';

/** A setting that makes a step need less memory: about as much less as the setting is smaller. */
export interface MemoryLever {
  /** As in "Lower the ... from 64 to 32". */
  name: string;
  value: number;
  /** It is not lowered below this. */
  least: number;
  /** Values are multiples of this. */
  multiple: number;
}

/** How the page offers a preset. */
export interface PresetText {
  title: string;
  text: string;
}

/** A part of a generator's layers from which on a second style can be taken. */
export interface StyleCut {
  /** What the second sample brings, in a word or two. */
  name: string;
  /** The same in a sentence, with the layers' size; the first sample is called the row, the second the column. */
  text: string;
  /** Number of the first style that is the second sample's. */
  from: number;
}

/** What is known of any base model. */
export interface BaseOutline<C extends RunConfig = RunConfig> {
  /** What people call it. */
  title: string;
  /** Fields of its own in the Advanced panel. */
  fields: { networks: readonly ConfigField[]; optimizer: readonly ConfigField[] };
  /** Sides of pictures that it can draw, in pixels, ascending. */
  resolutions: readonly number[];
  /** Dimension of z. */
  latent(config: C): number;
  plans(config: C, conditions: ConditionShape): NetworkPlans;
  /** Values that live for one picture in each network at the height of a step, roughly (`trainingMemory.ts`). */
  activations(config: C): { generator: number; discriminator: number };
  /** Multiplications of one picture's way through each network, roughly. */
  products(config: C): { generator: number; discriminator: number };
  /** What to lower once the batch cannot be; the first that can be is taken. */
  memoryLevers(config: C): MemoryLever[];
  /**
   * Where two samples' styles can be mixed, from the first layers to the last; null for a generator without styles,
   * which cannot truncate them either.
   */
  styleCuts(config: C): readonly StyleCut[] | null;
  /** Its networks' sizes in a few words. */
  summary(config: C): string;
  /** What a reader of a checkpoint needs to build the generator, beside resolution, latent dimension and conditions. */
  metadata(config: C): Record<string, unknown>;
}

/** An entry of the table of base models: its presets too, each of them. */
export interface BaseFacts<C extends RunConfig> extends BaseOutline<C> {
  /** What one chooses it for, in a sentence or two. */
  text: string;
  presets: Readonly<Record<Exclude<C['preset'], 'custom'>, PresetText>>;
  /** The presets that the page begins with: on a GPU, and where there is none. */
  starts: Readonly<Record<'gpu' | 'software', Exclude<C['preset'], 'custom'>>>;
  /** Thousands of pictures after which samples of 32 px were first recognised; null where that was not measured. */
  recognisableKimg: number | null;
  /** The preset for which the page proposes an augmentation by the number of pictures; null where one fits all. */
  augmentBySize: Exclude<C['preset'], 'custom'> | null;
}
