/**
 * The parameters of one network together with its spectral normalisation. A network computes with effective weights:
 * every spectrally normalised weight divided by its largest singular value, everything else as it is. `normalize` makes
 * them from the raw parameters and comes before the forward passes of a step; gradients are taken with respect to
 * `leaves` and led back to the raw parameters by `toRaw`.
 */
import { ParameterSet, type NamedArray, type Parameter } from '../gpu/parameter';
import { SpectralArena } from '../gpu/spectralNorm/spectralArena';
import type { Tensor } from '../gpu/tensor';
import { orthogonalInit, unitInit, type NormalSource } from './init';

/**
 * 'update': take a step of the power iterations (the network that is being trained). 'hold': use the stored vectors.
 */
export type SpectralMode = 'update' | 'hold';

/** One parameter of a network before it exists. */
export interface ParameterPlan {
  name: string;
  shape: readonly number[];
  /** 'spectral': orthogonal at first, and spectrally normalised. 'orthogonal', or a constant. */
  init: 'spectral' | 'orthogonal' | number | Float32Array;
}

const vectorSuffix = '.u';

/** `block0.conv0.weight` -> `block0.conv0.u` */
function vectorName(weightName: string): string {
  return weightName.replace(/\.weight$/, vectorSuffix);
}

function initialValues({ shape, init }: ParameterPlan, random: NormalSource): Float32Array {
  if (init instanceof Float32Array) return init;
  if (typeof init === 'string') return orthogonalInit(shape, random);
  return new Float32Array(shape.reduce((product, side) => product * side, 1)).fill(init);
}

export class NetworkParameters {
  /** What the optimizer changes. */
  readonly raw: ParameterSet;
  readonly #arena: SpectralArena;

  constructor(raw: ParameterSet, arena: SpectralArena) {
    this.raw = raw;
    this.#arena = arena;
  }

  /** Parameters drawn from `random`, in the order of `plan`. */
  static create(name: string, plan: readonly ParameterPlan[], random: NormalSource): NetworkParameters {
    const raw = new ParameterSet(name);
    for (const parameter of plan) raw.add(parameter.name, parameter.shape, initialValues(parameter, random));
    const spectral = plan.filter(({ init }) => init === 'spectral');
    return new NetworkParameters(
      raw,
      new SpectralArena(
        raw,
        new Map(spectral.map(({ name: weight, shape }) => [weight, unitInit(shape.at(-1) ?? 1, random)])),
      ),
    );
  }

  /** A network of the same parameters with the same present values. */
  twin(name: string): NetworkParameters {
    const raw = this.raw.twin(name, 'copy');
    const vectors = this.#arena.vectors.all();
    const twin = new NetworkParameters(
      raw,
      new SpectralArena(
        raw,
        new Map(vectors.map(({ name: weight, shape }) => [weight, new Float32Array(shape[0] ?? 1).fill(1)])),
      ),
    );
    twin.takeVectors(this);
    return twin;
  }

  /** Takes over the power iterations' vectors of a network with the same parameters. */
  takeVectors(other: NetworkParameters): void {
    this.#arena.takeVectors(other.#arena);
  }

  /** Makes the effective weights from the raw parameters. */
  normalize(mode: SpectralMode): void {
    this.#arena.normalize(mode === 'update');
  }

  /** An effective weight. @throws RangeError if there is none of this name */
  get<T extends Tensor>(name: string): T {
    return this.#arena.effective.get(name).variable as Tensor as T;
  }

  /** The effective weights, in the order of the raw parameters: what gradients are taken with respect to. */
  get leaves(): Parameter[] {
    return this.#arena.effective.trainable();
  }

  /** For `Adam.apply`: turns gradients with respect to `leaves` into gradients with respect to the raw parameters. */
  get toRaw(): (gradients: readonly Tensor[]) => void {
    return this.#arena.toRaw;
  }

  /** Raw parameters by name, and each spectrally normalised weight's vector as `<name without .weight>.u`. */
  async toArrays(): Promise<Map<string, NamedArray>> {
    const arrays = await this.raw.toArrays();
    for (const [name, array] of await this.#arena.vectors.toArrays()) arrays.set(vectorName(name), array);
    return arrays;
  }

  /** Restores what `toArrays` gave. @throws RangeError when it does not fit */
  load(arrays: ReadonlyMap<string, NamedArray>): void {
    const vectors = new Map<string, NamedArray>();
    for (const { name } of this.#arena.vectors.all()) {
      const array = arrays.get(vectorName(name));
      if (array) vectors.set(name, array);
    }
    this.#arena.vectors.load(vectors);
    this.raw.load(new Map([...arrays].filter(([name]) => !name.endsWith(vectorSuffix))));
  }

  dispose(): void {
    this.#arena.dispose();
    this.raw.dispose();
  }
}
