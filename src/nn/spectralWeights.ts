/**
 * The spectrally normalised weights of one network. They are registered together and normalised together, once a forward pass, so
 * that all power iterations of a network are one batch of work.
 */
import type { Parameter, ParameterSet } from '../gpu/parameter';
import { spectralNormalize } from '../gpu/spectralNorm/spectralNorm';
import type { Tensor } from '../gpu/tensor';
import { orthogonalInit, unitInit, type NormalSource } from './init';

/** 'update': take a step of the power iteration and store it (the network that is being trained). 'hold': use the stored vectors. */
export type SpectralMode = 'update' | 'hold';

interface SpectralEntry {
  weight: Parameter;
  /** Power iteration's vector on the output side, [last side of the weight]. */
  vector: Parameter;
}

/** `block0.conv0.weight` -> `block0.conv0.u` */
export function spectralVectorName(weightName: string): string {
  return weightName.replace(/\.weight$/, '.u');
}

/**
 * Adds a trainable weight, orthogonal at first, and its spectral-norm vector to `parameters`.
 * @param name ends in `.weight`
 */
export function addSpectralWeight(parameters: ParameterSet, name: string, shape: readonly number[], random: NormalSource): void {
  parameters.add(name, shape, orthogonalInit(shape, random));
  const outputs = shape[shape.length - 1] ?? 1;
  parameters.add(spectralVectorName(name), [outputs], unitInit(outputs, random), { trainable: false });
}

export class SpectralWeights {
  readonly #entries: Map<string, SpectralEntry>;

  constructor(parameters: ParameterSet, names: readonly string[]) {
    this.#entries = new Map(
      names.map((name) => [name, { weight: parameters.get(name), vector: parameters.get(spectralVectorName(name)) }]),
    );
  }

  /** Every weight divided by its largest singular value, by name. */
  normalize(mode: SpectralMode): NormalizedWeights {
    const update = mode === 'update';
    const weights = new Map<string, Tensor>();
    for (const [name, { weight, vector }] of this.#entries) weights.set(name, spectralNormalize(weight.variable, vector, { update }));
    return new NormalizedWeights(weights);
  }
}

/** Lookup of the weights of one forward pass. */
export class NormalizedWeights {
  readonly #weights: ReadonlyMap<string, Tensor>;

  constructor(weights: ReadonlyMap<string, Tensor>) {
    this.#weights = weights;
  }

  get<T extends Tensor>(name: string): T {
    const weight = this.#weights.get(name);
    if (weight === undefined) throw new RangeError(`no spectrally normalised weight named ${name}`);
    return weight as T;
  }
}
