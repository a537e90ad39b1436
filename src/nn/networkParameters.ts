/**
 * The parameters of one network together with its spectral normalisation, where it has any. A network computes with
 * effective weights: every spectrally normalised weight divided by its largest singular value, every other parameter as
 * it is. `normalize` makes them from the raw parameters and comes before the forward passes of a step; gradients are taken with respect to
 * `leaves` and led back to the raw parameters by `toRaw`.
 */
import { ParameterSet, type NamedArray, type Parameter } from '../gpu/parameter';
import { SpectralArena } from '../gpu/spectralNorm/spectralArena';
import type { Tensor } from '../gpu/tensor';
import { normalInit, orthogonalInit, unitInit, type NormalSource } from './init';
import type { ParameterPlan } from './parameterPlan';

/**
 * 'update': take a step of the power iterations (the network that is being trained). 'hold': use the stored vectors.
 */
export type SpectralMode = 'update' | 'hold';

const vectorSuffix = '.u';

/** `block0.conv0.weight` -> `block0.conv0.u` */
function vectorName(weightName: string): string {
  return weightName.replace(/\.weight$/, vectorSuffix);
}

/** What a parameter begins with. */
export function initialValues({ shape, init }: ParameterPlan, random: NormalSource): Float32Array {
  if (init instanceof Float32Array) return init;
  if (typeof init === 'string') return orthogonalInit(shape, random);
  if (typeof init === 'object') return normalInit(shape, random, init.normal);
  return new Float32Array(shape.reduce((product, side) => product * side, 1)).fill(init);
}

/** State of a network that is not trained, with the values of `plan`. */
export function untrained(name: string, plan: readonly ParameterPlan[], random: NormalSource): ParameterSet {
  const set = new ParameterSet(name);
  for (const parameter of plan)
    set.add(parameter.name, parameter.shape, initialValues(parameter, random), { trainable: false });
  return set;
}

export class NetworkParameters {
  /** What the optimizer changes. */
  readonly raw: ParameterSet;
  /** Null without spectrally normalised weights: the network then computes with the raw ones. */
  readonly #arena: SpectralArena | null;
  /** Of parameters that learn as if they came before a constant factor, by name; for `Adam`. */
  readonly gains: ReadonlyMap<string, number>;

  private constructor(raw: ParameterSet, arena: SpectralArena | null, gains: ReadonlyMap<string, number>) {
    this.raw = raw;
    this.#arena = arena;
    this.gains = gains;
  }

  /** Parameters drawn from `random`, in the order of `plan`. */
  static create(name: string, plan: readonly ParameterPlan[], random: NormalSource): NetworkParameters {
    const raw = new ParameterSet(name);
    for (const parameter of plan) raw.add(parameter.name, parameter.shape, initialValues(parameter, random));
    const spectral = plan.filter(({ init }) => init === 'spectral');
    const start = new Map(spectral.map(({ name: weight, shape }) => [weight, unitInit(shape.at(-1) ?? 1, random)]));
    const gains = plan.flatMap(({ name: weight, gain = 1 }): [string, number][] =>
      gain === 1 ? [] : [[weight, gain]],
    );
    return new NetworkParameters(raw, start.size > 0 ? new SpectralArena(raw, start) : null, new Map(gains));
  }

  /** A network of the same parameters with the same present values. */
  sibling(name: string): NetworkParameters {
    const raw = this.raw.sibling(name, 'copy');
    const vectors = this.#arena?.vectors.all() ?? [];
    const start = new Map(vectors.map(({ name: weight, shape }) => [weight, new Float32Array(shape[0] ?? 1).fill(1)]));
    const sibling = new NetworkParameters(raw, this.#arena && new SpectralArena(raw, start), this.gains);
    sibling.takeVectors(this);
    return sibling;
  }

  /** Takes over the power iterations' vectors of a network with the same parameters. */
  takeVectors(other: NetworkParameters): void {
    if (other.#arena) this.#arena?.takeVectors(other.#arena);
  }

  /** Makes the effective weights from the raw parameters. */
  normalize(mode: SpectralMode): void {
    this.#arena?.normalize(mode === 'update');
  }

  /** An effective weight. @throws RangeError if there is none of this name */
  get<T extends Tensor>(name: string): T {
    return (this.#arena?.effective ?? this.raw).get(name).variable as Tensor as T;
  }

  /** The effective weights, in the order of the raw parameters: what gradients are taken with respect to. */
  get leaves(): Parameter[] {
    return (this.#arena?.effective ?? this.raw).trainable();
  }

  /** For `Adam.apply`: turns gradients with respect to `leaves` into gradients with respect to the raw parameters. */
  get toRaw(): (gradients: readonly Tensor[]) => void {
    return this.#arena?.toRaw ?? (() => {});
  }

  /** Raw parameters by name, and each spectrally normalised weight's vector as `<name without .weight>.u`. */
  async toArrays(): Promise<Map<string, NamedArray>> {
    const arrays = await this.raw.toArrays();
    if (this.#arena)
      for (const [name, array] of await this.#arena.vectors.toArrays()) arrays.set(vectorName(name), array);
    return arrays;
  }

  /** Restores what `toArrays` gave. @throws RangeError when it does not fit */
  load(arrays: ReadonlyMap<string, NamedArray>): void {
    if (!this.#arena) {
      this.raw.load(arrays);
      return;
    }
    const vectors = new Map<string, NamedArray>();
    for (const { name } of this.#arena.vectors.all()) {
      const array = arrays.get(vectorName(name));
      if (array) vectors.set(name, array);
    }
    this.#arena.vectors.load(vectors);
    this.raw.load(new Map([...arrays].filter(([name]) => !name.endsWith(vectorSuffix))));
  }

  dispose(): void {
    this.#arena?.dispose();
    this.raw.dispose();
  }
}
