/**
 * The trainer's state as the tensors of a checkpoint, and back to the last bit. PyTorch's layout and names throughout
 * (`torchLayout.ts`):
 *
 *   generator.*                    what pictures are drawn with: the averaged generator's effective weights (spectral
 *                                  norm already applied) and its statistics (of batch norms: running_mean,
 *                                  running_var)
 *   generator_raw.*                the generator under training; generator_ema.* its moving average before spectral norm
 *   discriminator.*, clip_head.*   the critics
 *   <network>_adam.exp_avg.*, .exp_avg_sq.*, .progress    Adam's moments; progress = [1 - beta1^t, 1 - beta2^t, t, rate]
 *   trainer.<set>/<name>           whatever else the trainer keeps, as it is
 *
 * A spectrally normalised weight is stored as `X.weight_orig` with the power iteration's vector `X.weight_u` on the
 * output side (of a table: on the side of its columns); the network computes with weight_orig / |weight_orig^T
 * weight_u|, the weight as a matrix.
 */
import type { NamedArray } from '../../gpu/parameter';
import { clipHeadPlan, type ClipShape } from '../../nn/clipHead';
import type { ConditionShape } from '../../nn/conditionTable';
import type { ParameterPlan } from '../../nn/parameterPlan';
import type { RunConfig } from '../../shared/config';
import { baseFacts } from '../bases/facts';
import { baseModel } from '../bases/registry';
import type { TrainerState } from '../training/trainerState';
import { effectiveWeights } from './effectiveWeights';
import { fromTorch, plainLayout, toTorch, type StudioParameter, type TorchLayout } from './torchLayout';

export interface StateShape {
  config: RunConfig;
  conditions: ConditionShape;
  /** What the CLIP head sees; null where the run has none. */
  clip: ClipShape | null;
}

/** A parameter of one network with its name in PyTorch. */
interface PlannedParameter extends StudioParameter {
  layout: TorchLayout;
  torch: string;
  trainable: boolean;
}

/** A network's parameters and how they look from PyTorch. */
interface PlannedNetwork {
  plan: readonly ParameterPlan[];
  layout: TorchLayout;
}

/** One array of the trainer's state and where it is stored. */
interface StoredParameter extends StudioParameter {
  layout: TorchLayout;
  /** `set/name` in `TrainerState`. */
  state: string;
  /** Name in the checkpoint. */
  stored: string;
}

const inference = 'generator';
const remainder = 'trainer.';

/** A network's parameters, a vector after each normalised weight. */
function parametersOf({ plan, layout }: PlannedNetwork): PlannedParameter[] {
  return plan.flatMap(({ name, shape, init }) => {
    const torch = layout.name(name);
    if (init !== 'spectral') return [{ name, shape, layout, torch, trainable: true }];
    const vector = name.replace(/\.weight$/, '.u');
    return [
      { name, shape, layout, torch: `${torch}_orig`, trainable: true },
      { name: vector, shape: [shape.at(-1) ?? 1], layout, torch: `${torch}_u`, trainable: false },
    ];
  });
}

function networkEntries(set: string, prefix: string, network: PlannedNetwork): StoredParameter[] {
  return parametersOf(network).map((parameter) => ({
    ...parameter,
    state: `${set}/${parameter.name}`,
    stored: `${prefix}.${parameter.torch}`,
  }));
}

function adamEntries(set: string, prefix: string, network: PlannedNetwork): StoredParameter[] {
  const moments = parametersOf(network)
    .filter(({ trainable }) => trainable)
    .flatMap((parameter) => [
      { ...parameter, state: `${set}/m.${parameter.name}`, stored: `${prefix}.exp_avg.${parameter.torch}` },
      { ...parameter, state: `${set}/v.${parameter.name}`, stored: `${prefix}.exp_avg_sq.${parameter.torch}` },
    ]);
  const progress = { name: 'progress', shape: [4], layout: plainLayout };
  return [...moments, { ...progress, state: `${set}/progress`, stored: `${prefix}.progress` }];
}

type PlannedNetworks = Record<'generator' | 'statistics' | 'discriminator', PlannedNetwork>;

function plannedNetworks({ config, conditions }: StateShape): PlannedNetworks {
  const plans = baseFacts(config).plans(config, conditions);
  const { torch } = baseModel(config);
  return {
    generator: { plan: plans.generator, layout: torch.generator },
    statistics: { plan: plans.statistics, layout: torch.generator },
    discriminator: { plan: plans.discriminator, layout: torch.discriminator },
  };
}

function inventory(shape: StateShape): StoredParameter[] {
  const { generator, statistics, discriminator } = plannedNetworks(shape);
  const clipHead = shape.clip && { plan: clipHeadPlan(shape.clip), layout: plainLayout };
  return [
    ...networkEntries('generator', 'generator_raw', generator),
    ...networkEntries('averaged', 'generator_ema', generator),
    ...networkEntries('statistics', inference, statistics),
    ...networkEntries('discriminator', 'discriminator', discriminator),
    ...(clipHead ? networkEntries('clipHead', 'clip_head', clipHead) : []),
    ...adamEntries('generatorAdam', 'generator_adam', generator),
    ...adamEntries('discriminatorAdam', 'discriminator_adam', discriminator),
    ...(clipHead ? adamEntries('clipHeadAdam', 'clip_head_adam', clipHead) : []),
  ];
}

/** The averaged generator's weights as pictures are drawn with them. */
function inferenceTensors(
  tensors: ReadonlyMap<string, NamedArray>,
  { layout }: PlannedNetwork,
): [string, NamedArray][] {
  const averaged = 'averaged/';
  const raw = new Map(
    [...tensors]
      .filter(([name]) => name.startsWith(averaged))
      .map(([name, array]) => [name.slice(averaged.length), array]),
  );
  return [...effectiveWeights(raw)].map(([name, array]) => [
    `${inference}.${layout.name(name)}`,
    toTorch(layout, { name, shape: array.shape }, array),
  ]);
}

/** Whether a trainer's state holds a CLIP head. */
export function hasClipHead(state: TrainerState): boolean {
  return state.tensors.has('clipHead/prompt.weight');
}

/** Whether a checkpoint's tensors hold a CLIP head. */
export function storesClipHead(tensors: ReadonlyMap<string, unknown>): boolean {
  return tensors.has('clip_head.prompt.weight');
}

/**
 * Numbers a token of each token head among a trainer's arrays or a checkpoint's tensors, by the heads' first weights:
 * [1, 1, width, ...] here, [..., width, 1, 1] there.
 */
export function tokenWidthsIn(arrays: ReadonlyMap<string, { readonly shape: readonly number[] }>): number[] {
  const widths: number[] = [];
  for (;;) {
    const { length: index } = widths;
    const shape =
      arrays.get(`clipHead/tokens${index}.hidden.weight`)?.shape ??
      arrays.get(`clip_head.tokens${index}.hidden.weight_orig`)?.shape.toReversed();
    if (!shape) return widths;
    widths.push(shape[2] ?? 0);
  }
}

/** @throws RangeError when the state is not that of these networks */
export function networksToTensors(state: TrainerState, shape: StateShape): Map<string, NamedArray> {
  const stored = new Map(inferenceTensors(state.tensors, plannedNetworks(shape).generator));
  const entries = inventory(shape);
  for (const entry of entries) {
    const array = state.tensors.get(entry.state);
    if (!array) throw new RangeError(`the trainer's state has no "${entry.state}"`);
    stored.set(entry.stored, toTorch(entry.layout, entry, array));
  }
  const known = new Set(entries.map((entry) => entry.state));
  for (const [name, array] of state.tensors) {
    if (!known.has(name)) stored.set(`${remainder}${name}`, array);
  }
  return stored;
}

/**
 * The inverse of `networksToTensors`; tensors that it did not make are ignored.
 * @throws RangeError naming the first tensor that is missing or of another shape
 */
export function networksFromTensors(
  tensors: ReadonlyMap<string, NamedArray>,
  shape: StateShape,
): Map<string, NamedArray> {
  const state = new Map<string, NamedArray>();
  for (const entry of inventory(shape)) {
    const array = tensors.get(entry.stored);
    if (!array) throw new RangeError(`"${entry.stored}" is missing`);
    state.set(entry.state, fromTorch(entry.layout, entry, array));
  }
  for (const [name, array] of tensors) {
    if (name.startsWith(remainder)) state.set(name.slice(remainder.length), array);
  }
  return state;
}
