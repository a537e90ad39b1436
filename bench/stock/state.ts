/**
 * What lives from step to step, the stock way: variables that are assigned, tfjs' own Adam, a moving average and
 * spectral normalisation of elementary operations. Signatures of
 * `src/gpu/{parameter,adam,spectralNorm/spectralArena}.ts`, as far as training uses them.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { NamedArray, Parameter, ParameterOptions } from '../../src/gpu/parameter';

const names = { next: 0 };

export class ParameterSet {
  private readonly parameters = new Map<string, Parameter>();

  constructor(readonly name = 'network') {}

  add(
    name: string,
    shape: readonly number[],
    init: Float32Array | null,
    { trainable = true }: ParameterOptions = {},
  ): Parameter {
    const values = init ? tf.tensor(init, [...shape]) : tf.zeros([...shape]);
    const variable = tf.variable(values, trainable, `${this.name}/${name}#${names.next++}`);
    values.dispose();
    const parameter = { name, shape: [...shape], trainable, variable };
    this.parameters.set(name, parameter);
    return parameter;
  }

  get(name: string): Parameter {
    const parameter = this.parameters.get(name);
    if (!parameter) throw new RangeError(name);
    return parameter;
  }

  has(name: string): boolean {
    return this.parameters.has(name);
  }

  all(): Parameter[] {
    return [...this.parameters.values()];
  }

  trainable(): Parameter[] {
    return this.all().filter(({ trainable }) => trainable);
  }

  async toArrays(): Promise<Map<string, NamedArray>> {
    const arrays = this.all().map(async ({ name, shape, variable }): Promise<[string, NamedArray]> => [
      name,
      { shape: [...shape], data: (await variable.data()) as Float32Array },
    ]);
    return new Map(await Promise.all(arrays));
  }

  load(arrays: ReadonlyMap<string, NamedArray>): void {
    for (const [name, { shape, data }] of arrays) assignInPlace(this.get(name), tf.tensor(data, shape));
  }

  sibling(name: string, values: 'copy' | 'zero'): ParameterSet {
    const sibling = new ParameterSet(name);
    for (const parameter of this.all()) {
      const made = sibling.add(parameter.name, parameter.shape, null, parameter);
      if (values === 'copy') assignInPlace(made, parameter.variable);
    }
    return sibling;
  }

  dispose(): void {
    for (const { variable } of this.all()) variable.dispose();
  }
}

export function assignInPlace(parameter: Parameter, value: tf.Tensor): void {
  parameter.variable.assign(tf.clone(value));
}

export function lossAndGradients(
  loss: () => tf.Tensor,
  parameters: readonly Parameter[],
  independent: 'throw' | 'zeros' = 'throw',
): { value: tf.Tensor; gradients: tf.Tensor[] } {
  const { value, grads } = tf.variableGrads(
    loss as () => tf.Scalar,
    parameters.map(({ variable }) => variable),
  );
  const gradientOf = (variable: tf.Variable): tf.Tensor =>
    grads[variable.name] ?? (independent === 'zeros' ? tf.zerosLike(variable) : (null as never));
  return { value, gradients: parameters.map(({ variable }) => gradientOf(variable)) };
}

/** As in `src/gpu/parameter.ts`; tfjs frees what a part keeps by itself. */
export function accumulatedGradients(
  parts: number,
  loss: (part: number) => tf.Tensor,
  parameters: readonly Parameter[],
  independent: 'throw' | 'zeros' = 'throw',
): { value: tf.Tensor; gradients: tf.Tensor[] } {
  const found = Array.from({ length: parts }, (_, part) => lossAndGradients(() => loss(part), parameters, independent));
  const total = (values: tf.Tensor[]): tf.Tensor => values.reduce((sum, value) => tf.add(sum, value));
  return {
    value: total(found.map(({ value }) => value)),
    gradients: parameters.map((_, i) => total(found.map(({ gradients }) => gradients[i] as tf.Tensor))),
  };
}

const rate = 2e-4;

/** One optimizer for all parameters of a gain: a rate of its own is how tfjs gives some of them another one. */
export class Adam {
  readonly nonFinite = tf.keep(tf.scalar(0));
  private readonly groups: { optimizer: tf.Optimizer; members: number[] }[];

  constructor(
    private readonly parameters: ParameterSet,
    { beta1, beta2, epsilon }: { beta1: number; beta2: number; epsilon: number },
    gains: ReadonlyMap<string, number> = new Map(),
  ) {
    const members = new Map<number, number[]>();
    this.parameters.trainable().forEach(({ name }, i) => {
      const gain = gains.get(name) ?? 1;
      members.set(gain, [...(members.get(gain) ?? []), i]);
    });
    this.groups = [...members].map(([gain, own]) => ({
      optimizer: tf.train.adam(rate * gain, beta1, beta2, epsilon / gain),
      members: own,
    }));
  }

  /** The rate is the optimizer's own: a schedule would cost nothing on either side. */
  apply(
    gradients: readonly tf.Tensor[],
    { transform }: { rate: tf.Tensor | number; transform?: (gradients: readonly tf.Tensor[]) => void },
  ): void {
    const changed = [...gradients];
    transform?.(changed);
    const named = this.parameters
      .trainable()
      .map(({ variable }, i) => ({ name: variable.name, tensor: changed[i] as tf.Tensor }));
    for (const { optimizer, members } of this.groups)
      optimizer.applyGradients(members.map((i) => named[i] as (typeof named)[number]));
  }

  dispose(): void {
    for (const { optimizer } of this.groups) optimizer.dispose();
    this.nonFinite.dispose();
  }
}

export class Ema {
  constructor(
    private readonly parameters: ParameterSet,
    private readonly average: ParameterSet,
  ) {}

  update(decay: tf.Tensor): void {
    const share = tf.sub(1, decay);
    for (const { name, variable } of this.parameters.all()) {
      const average = this.average.get(name).variable;
      average.assign(tf.add(average, tf.mul(tf.sub(variable, average), share)));
    }
  }

  dispose(): void {}
}

const tiny = 1e-12;
const unit = (vector: tf.Tensor): tf.Tensor => tf.div(vector, tf.maximum(tf.norm(vector), tiny));

interface Leading {
  sigma: tf.Tensor;
  pair: tf.Tensor;
}

export class SpectralArena {
  readonly effective: ParameterSet;
  readonly vectors: ParameterSet;
  private readonly leading = new Map<string, Leading>();

  constructor(
    private readonly parameters: ParameterSet,
    start: ReadonlyMap<string, Float32Array>,
  ) {
    this.effective = parameters.sibling('effective', 'zero');
    this.vectors = new ParameterSet('vectors');
    for (const [name, vector] of start) this.vectors.add(name, [vector.length], vector);
  }

  normalize(update: boolean): void {
    for (const { name, variable } of this.parameters.all()) {
      const effective = this.effective.get(name);
      if (!this.vectors.has(name)) assignInPlace(effective, variable);
      else effective.variable.assign(this.normalized(name, variable, update));
    }
  }

  private normalized(name: string, weight: tf.Tensor, update: boolean): tf.Tensor {
    const u = this.vectors.get(name);
    const matrix = tf.reshape(weight, [-1, u.shape[0] ?? 1]);
    const v = unit(tf.matMul(matrix, tf.reshape(u.variable, [-1, 1])));
    const back = tf.matMul(matrix, v, true, false);
    const sigma = update ? tf.norm(back) : tf.sum(tf.mul(back, tf.reshape(u.variable, [-1, 1])));
    if (update) assignInPlace(u, tf.reshape(unit(back), [-1]));
    this.leading.set(name, { sigma, pair: tf.reshape(tf.matMul(v, tf.reshape(u.variable, [1, -1])), weight.shape) });
    return tf.div(weight, sigma);
  }

  readonly toRaw = (gradients: readonly tf.Tensor[]): void => {
    this.parameters.trainable().forEach(({ name }, i) => {
      const leading = this.leading.get(name);
      const gradient = gradients[i];
      if (!leading || !gradient) return;
      const along = tf.sum(tf.mul(gradient, this.effective.get(name).variable));
      (gradients as tf.Tensor[])[i] = tf.div(tf.sub(gradient, tf.mul(along, leading.pair)), leading.sigma);
    });
  };

  takeVectors(other: SpectralArena): void {
    for (const vector of this.vectors.all()) assignInPlace(vector, other.vectors.get(vector.name).variable);
  }

  dispose(): void {
    this.effective.dispose();
    this.vectors.dispose();
  }
}
