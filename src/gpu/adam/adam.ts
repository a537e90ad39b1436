/**
 * Adam (Kingma and Ba, 2015, algorithm 1, epsilon added after the bias correction as there), for a whole network at a
 * time and in place: gradients are copied side by side into an arena with the layout of the parameters' own, one small
 * dispatch advances the step and its bias corrections, and one dispatch updates the arena. Everything that changes from
 * step to step lives on the GPU, so a captured step goes on correctly.
 *
 * A gradient value that is NaN or infinite changes nothing: its parameter and moments stay, and it is counted in
 * `nonFinite`, as is a parameter that is itself not finite. Both are recognised by their bits, since shader compilers
 * may assume that NaN does not exist. The count is never reset: whoever reads it every few steps misses nothing in
 * between.
 *
 * `Ema` is the moving average of a network's parameters, one dispatch too.
 */
import { engine as tfEngine, keep, type Tensor } from '@tensorflow/tfjs-core';
import { currentBackend } from '../current';
import { dispatchTensors, linearGrid } from '../kernel/dispatch';
import { ParameterSet, type NamedArray, type Segment } from '../parameter';
import { scalar, tensor1d, tidy } from '../tensor';

export interface AdamOptions {
  beta1: number;
  beta2: number;
  epsilon: number;
}

export interface AdamRate {
  /** Learning rate; a tensor (float32 scalar) where it changes from step to step. */
  rate: Tensor | number;
  /**
   * Changes the gradients in place before they are used, e.g. to lead them back through a reparametrisation; gets the
   * arena's pieces.
   */
  transform?: (gradients: readonly Tensor[]) => void;
}

/** A piece of the arena as one flat float tensor. */
export function flatView(segment: Segment): Tensor {
  const backend = currentBackend();
  const info = backend.makeTensorInfo([segment.size / 4], 'float32');
  backend.bindView(info.dataId, segment.buffer, 0);
  return keep(tfEngine().makeTensorFromTensorInfo(info));
}

function flatViews(set: ParameterSet): Tensor[] {
  return set.segments.map(flatView);
}

/** Parameters begin at multiples of 256 bytes, so that a gain for each block of so many vec4 is one for each of them. */
const quadsABlock = 16;

// progress: [1 - beta1^t, 1 - beta2^t, t, rate]. The corrections follow c <- c beta + (1 - beta), which loses nothing
// near zero.
const advanceCode = (beta1: number, beta2: number): string => /* wgsl */ `
@group(0) @binding(0) var<storage, read_write> progress: array<f32>;
@group(0) @binding(1) var<storage, read> rate: array<f32>;
@compute @workgroup_size(1) fn main() {
  progress[0] = fma(progress[0], f32(${beta1}), f32(${1 - beta1}));
  progress[1] = fma(progress[1], f32(${beta2}), f32(${1 - beta2}));
  progress[2] += 1.0;
  progress[3] = rate[0];
}`;

/**
 * Parameters that are stored times their gain g move by g times the rate, and what is small for their gradients, which
 * are those of the bare parameter divided by g, is epsilon / g: what Adam does to the bare parameter, times g.
 */
const updateCode = (quads: number, { beta1, beta2, epsilon }: AdamOptions, gains: boolean): string => {
  const grid = linearGrid(quads);
  const [rate, tiny] = gains ? ['progress[3] * gain', `f32(${epsilon}) / gain`] : ['progress[3]', `f32(${epsilon})`];
  return /* wgsl */ `
@group(0) @binding(0) var<storage, read_write> parameters: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> first: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> second: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> nonFinite: atomic<u32>;
@group(0) @binding(4) var<storage, read> gradients: array<vec4<u32>>;
@group(0) @binding(5) var<storage, read> progress: vec4<f32>;
${gains ? '@group(0) @binding(6) var<storage, read> gains: array<f32>;' : ''}
const exponent = vec4<u32>(0x7f800000u);
@compute @workgroup_size(${grid.size}) ${grid.main} {
  ${grid.index}
  if (index >= ${quads}u) { return; }
  let bits = gradients[index];
  let bad = (bits & exponent) == exponent;
  let g = bitcast<vec4<f32>>(select(bits, vec4<u32>(0u), bad));
  let p = parameters[index];
  let m = first[index];
  let v = second[index];
  let mNext = f32(${beta1}) * m + f32(${1 - beta1}) * g;
  let vNext = f32(${beta2}) * v + f32(${1 - beta2}) * g * g;
  ${gains ? `let gain = gains[index / ${quadsABlock}u];` : ''}
  let stepped = p - ${rate} * (mNext / progress[0]) / (sqrt(vNext / progress[1]) + ${tiny});
  parameters[index] = select(stepped, p, bad);
  first[index] = select(mNext, m, bad);
  second[index] = select(vNext, v, bad);
  let broken = bad | ((bitcast<vec4<u32>>(p) & exponent) == exponent);
  if (any(broken)) {
    let one = select(vec4<u32>(0u), vec4<u32>(1u), broken);
    atomicAdd(&nonFinite, one.x + one.y + one.z + one.w);
  }
}`;
};

function blockGains({ size, members }: Segment, gains: ReadonlyMap<string, number>): Tensor {
  const blocks = new Float32Array(size / (16 * quadsABlock)).fill(1);
  members.forEach(({ parameter: { name }, offset }, i) => {
    const end = members[i + 1]?.offset ?? size;
    blocks.fill(gains.get(name) ?? 1, offset / (16 * quadsABlock), end / (16 * quadsABlock));
  });
  return keep(tensor1d(blocks));
}

function prefixed(prefix: string, arrays: ReadonlyMap<string, NamedArray>): [string, NamedArray][] {
  return [...arrays].map(([name, array]) => [`${prefix}.${name}`, array]);
}

export class Adam {
  /** Moments with the parameters' names and layout; `progress` holds [1 - beta1^t, 1 - beta2^t, t, rate]. */
  readonly firstMoment: ParameterSet;
  readonly secondMoment: ParameterSet;
  readonly progress: ParameterSet;
  /**
   * Gradient values and parameters that were not finite, counted over all parameters and all steps so far (modulo
   * 2^32): int32 scalar.
   */
  readonly nonFinite: Tensor;
  private readonly gradients: ParameterSet;
  private readonly arenas: { parameters: Tensor[]; first: Tensor[]; second: Tensor[]; gradients: Tensor[] };

  /** One value a block of the arena; null where no parameter has a gain. */
  private readonly gains: Tensor[] | null;

  /**
   * @param gains of parameters that are stored times a gain (equalised learning rate; Karras et al. 2018), by name: they
   * are changed as the bare parameter would be. All others have 1
   */
  constructor(
    private readonly parameters: ParameterSet,
    private readonly options: AdamOptions,
    gains: ReadonlyMap<string, number> = new Map(),
  ) {
    this.gains = gains.size > 0 ? parameters.segments.map((segment) => blockGains(segment, gains)) : null;
    const moments = (name: string): ParameterSet => {
      const set = new ParameterSet(`${parameters.name}.${name}`, parameters.segmentBytes);
      for (const parameter of parameters.trainable()) set.add(parameter.name, parameter.shape, null);
      return set;
    };
    this.firstMoment = moments('firstMoment');
    this.secondMoment = moments('secondMoment');
    this.gradients = moments('gradients');
    this.progress = new ParameterSet(`${parameters.name}.progress`);
    this.progress.add('progress', [4], null, { trainable: false });
    this.nonFinite = keep(scalar(0, 'int32'));
    this.arenas = {
      parameters: flatViews(parameters),
      first: flatViews(this.firstMoment),
      second: flatViews(this.secondMoment),
      gradients: flatViews(this.gradients),
    };
  }

  /**
   * One step. Dispatches: 1 + one a segment (one segment, unless the network is larger than the device's binding size).
   * @param gradients one a trainable parameter, in the set's order, or by name
   */
  apply(gradients: readonly Tensor[] | Readonly<Record<string, Tensor>>, { rate, transform }: AdamRate): void {
    const backend = currentBackend();
    this.gradients.all().forEach(({ name, shape, variable }, i) => {
      const gradient = Array.isArray(gradients)
        ? (gradients as Tensor[])[i]
        : (gradients as Record<string, Tensor>)[name];
      if (!gradient) throw new RangeError(`${this.parameters.name}: no gradient for "${name}"`);
      if (gradient.shape.join() !== shape.join())
        throw new RangeError(
          `${this.parameters.name}: "${name}" is [${shape.join()}], its gradient [${gradient.shape.join()}]`,
        );
      backend.copy({ source: gradient.dataId, target: variable.dataId });
    });
    transform?.(this.arenas.gradients);
    tidy(() => {
      this.advance(typeof rate === 'number' ? scalar(rate) : rate);
      this.arenas.parameters.forEach((_, i) => this.update(i));
    });
  }

  private advance(rate: Tensor): void {
    const { beta1, beta2 } = this.options;
    dispatchTensors({
      label: 'adam.advance',
      key: `${beta1} ${beta2}`,
      code: () => advanceCode(beta1, beta2),
      inPlace: [this.progress.get('progress').variable],
      inputs: [rate],
      workgroups: [1],
    });
  }

  private update(piece: number): void {
    const { beta1, beta2, epsilon } = this.options;
    const { parameters, first, second, gradients } = this.arenas;
    const [p, m, v, g] = [parameters[piece], first[piece], second[piece], gradients[piece]] as [
      Tensor,
      Tensor,
      Tensor,
      Tensor,
    ];
    const quads = p.size / 4;
    const gains = this.gains?.[piece];
    dispatchTensors({
      label: 'adam.update',
      key: `${quads} ${beta1} ${beta2} ${epsilon}${gains ? ' g' : ''}`,
      code: () => updateCode(quads, this.options, gains !== undefined),
      inPlace: [p, m, v, this.nonFinite],
      inputs: [g, this.progress.get('progress').variable, ...(gains ? [gains] : [])],
      workgroups: linearGrid(quads).workgroups,
    });
  }

  /** The whole state, for a checkpoint: moments as `m.<name>` and `v.<name>`, and `progress`. */
  async toArrays(): Promise<Map<string, NamedArray>> {
    const [first, second, progress] = await Promise.all([
      this.firstMoment.toArrays(),
      this.secondMoment.toArrays(),
      this.progress.toArrays(),
    ]);
    return new Map([...prefixed('m', first), ...prefixed('v', second), ...progress]);
  }

  /** Restores what `toArrays` gave. @throws RangeError when it does not fit the network */
  load(arrays: ReadonlyMap<string, NamedArray>): void {
    const pick = (prefix: string): Map<string, NamedArray> =>
      new Map(
        [...arrays]
          .filter(([name]) => name.startsWith(`${prefix}.`))
          .map(([name, array]) => [name.slice(prefix.length + 1), array]),
      );
    const progress = arrays.get('progress');
    this.progress.load(new Map(progress ? [['progress', progress]] : []));
    this.firstMoment.load(pick('m'));
    this.secondMoment.load(pick('v'));
  }

  dispose(): void {
    for (const views of Object.values(this.arenas)) for (const view of views) view.dispose();
    for (const set of [this.firstMoment, this.secondMoment, this.gradients, this.progress]) set.dispose();
    for (const gains of this.gains ?? []) gains.dispose();
    this.nonFinite.dispose();
  }
}

const averageCode = (quads: number): string => {
  const grid = linearGrid(quads);
  // p + decay (average - p): decay 0 copies to the bit.
  return /* wgsl */ `
@group(0) @binding(0) var<storage, read_write> average: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> parameters: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> decay: array<f32>;
@compute @workgroup_size(${grid.size}) ${grid.main} {
  ${grid.index}
  if (index >= ${quads}u) { return; }
  let p = parameters[index];
  average[index] = fma(vec4<f32>(decay[0]), average[index] - p, p);
}`;
};

function layoutOf(set: ParameterSet): string {
  return set
    .all()
    .map(({ name, shape, trainable }) => `${name} [${shape.join()}] ${trainable}`)
    .join(', ');
}

/**
 * Exponential moving average of a network: `average <- decay average + (1 - decay) parameters`. State tensors are
 * copied, not averaged.
 */
export class Ema {
  private readonly sources: Tensor[];
  private readonly averages: Tensor[];

  /** @param average a set of the same layout, e.g. `parameters.sibling(name, 'copy')` */
  constructor(
    private readonly parameters: ParameterSet,
    private readonly average: ParameterSet,
  ) {
    if (layoutOf(parameters) !== layoutOf(average))
      throw new RangeError(`${average.name} does not have the parameters of ${parameters.name}`);
    this.sources = flatViews(parameters);
    this.averages = flatViews(average);
  }

  /** @param decay float32 scalar in [0, 1]; 0 copies */
  update(decay: Tensor): void {
    this.sources.forEach((source, i) => {
      const quads = source.size / 4;
      dispatchTensors({
        label: 'ema.update',
        key: `${quads}`,
        code: () => averageCode(quads),
        inPlace: [this.averages[i] as Tensor],
        inputs: [source, decay],
        workgroups: linearGrid(quads).workgroups,
      });
    });
    const backend = currentBackend();
    for (const { name, trainable, variable } of this.parameters.all()) {
      if (!trainable) backend.copy({ source: variable.dataId, target: this.average.get(name).variable.dataId });
    }
  }

  dispose(): void {
    for (const view of [...this.sources, ...this.averages]) view.dispose();
  }
}
