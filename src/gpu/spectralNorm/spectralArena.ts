/**
 * Spectral normalisation (Miyato et al. 2018) of all weights of a network at once, in a number of dispatches that does
 * not grow with their number: the weights lie in one arena, so one dispatch takes a power iteration of each, and one
 * more writes a second arena, `effective`, in which every such weight is divided by its largest singular value and
 * every other parameter is copied.
 *
 * A network computes with `effective`, takes gradients with respect to `effective`, and `toRaw` leads them back, in
 * place, through W / sigma(W): dW = (G - <G, W / sigma> v u^T) / sigma, with u and v held fixed, as in
 * `spectralNorm.ts`. The singular vectors and sigmas of the latest `normalize` stay on the GPU for that.
 */
import { keep, tensor, type Tensor } from '@tensorflow/tfjs-core';
import { flatView } from '../adam/adam';
import { dispatchTensors, linearGrid } from '../kernel/dispatch';
import { assignInPlace, ParameterSet } from '../parameter';
import { tuning } from '../tuning';

/** Elements in a row of the arena's directory: everything in it starts at 256 bytes. */
const blockElements = 64;
const epsilon = 1e-12;

interface Entry {
  /** Element offsets of the weight in the arena, of u in the vectors' arena, and of v in `leading`. */
  weight: number;
  vector: number;
  leading: number;
  rows: number;
  columns: number;
}

/** Which entry a block of the arena belongs to; -1 for none. */
function directoryOf(entries: readonly Entry[], elements: number): Int32Array {
  const directory = new Int32Array(elements / blockElements).fill(-1);
  entries.forEach(({ weight, rows, columns }, i) =>
    directory.fill(i, weight / blockElements, Math.ceil((weight + rows * columns) / blockElements)),
  );
  return directory;
}

function onlySegment(set: ParameterSet): ParameterSet['segments'][number] {
  const [segment, ...more] = set.segments;
  if (!segment || more.length > 0)
    throw new RangeError(`${set.name}: spectral normalisation needs all parameters in one buffer of this device`);
  return segment;
}

function offsetsOf(set: ParameterSet): Map<string, number> {
  return new Map(onlySegment(set).members.map(({ parameter, offset }) => [parameter.name, offset / 4]));
}

const entryStruct = /* wgsl */ 'struct Entry { weight: i32, vector: i32, leading: i32, rows: i32, columns: i32 }';

/**
 * `LANES` threads share an entry and sum by `laneSum`; one thread has it to itself where barriers cost more than they
 * save.
 */
function lanesCode(lanes: number): string {
  if (lanes === 1) return 'const LANES = 1;\nfn laneSum(value: f32, lane: i32) -> f32 { return value; }\nfn meet() {}';
  return /* wgsl */ `
const LANES = ${lanes};
var<workgroup> partial: array<f32, ${lanes}>;
fn laneSum(value: f32, lane: i32) -> f32 {
  partial[lane] = value;
  workgroupBarrier();
  for (var half = ${lanes / 2}; half > 0; half /= 2) {
    if (lane < half) { partial[lane] += partial[lane + half]; }
    workgroupBarrier();
  }
  let total = partial[0];
  workgroupBarrier();
  return total;
}
fn meet() { storageBarrier(); workgroupBarrier(); }`;
}

// v = unit(W u). With an update u = unit(W^T v) and sigma = |W^T v|; without, sigma = |W u|: both are v^T W u.
function iterationCode(lanes: number, update: boolean): string {
  const step = /* wgsl */ `
  var along = 0.0;
  for (var c = lane; c < e.columns; c += LANES) {
    var sum = 0.0;
    for (var r = 0; r < e.rows; r++) { sum += weights[e.weight + r * e.columns + c] * leading[e.leading + r]; }
    vectors[e.vector + c] = sum;
    along += sum * sum;
  }
  sigma = sqrt(laneSum(along, lane));
  meet();
  for (var c = lane; c < e.columns; c += LANES) { vectors[e.vector + c] /= max(sigma, ${epsilon}); }`;
  return /* wgsl */ `
${entryStruct}
@group(0) @binding(0) var<storage, read_write> vectors: array<f32>;
@group(0) @binding(1) var<storage, read_write> leading: array<f32>;
@group(0) @binding(2) var<storage, read_write> sigmas: array<f32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read> entries: array<Entry>;
${lanesCode(lanes)}
@compute @workgroup_size(${lanes}) fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  let e = entries[group.x];
  let lane = i32(index);
  var squares = 0.0;
  for (var r = lane; r < e.rows; r += LANES) {
    var sum = 0.0;
    for (var c = 0; c < e.columns; c++) { sum += weights[e.weight + r * e.columns + c] * vectors[e.vector + c]; }
    leading[e.leading + r] = sum;
    squares += sum * sum;
  }
  var sigma = sqrt(laneSum(squares, lane));
  meet();
  for (var r = lane; r < e.rows; r += LANES) { leading[e.leading + r] /= max(sigma, ${epsilon}); }
  meet();
  ${update ? step : ''}
  if (lane == 0) { sigmas[group.x] = sigma; }
}`;
}

function divideCode(elements: number): string {
  const grid = linearGrid(elements);
  return /* wgsl */ `
@group(0) @binding(0) var<storage, read_write> effective: array<f32>;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read> sigmas: array<f32>;
@group(0) @binding(3) var<storage, read> directory: array<i32>;
@compute @workgroup_size(${grid.size}) ${grid.main} {
  ${grid.index}
  if (index >= ${elements}u) { return; }
  let entry = directory[index / ${blockElements}u];
  effective[index] = weights[index] / select(1.0, max(sigmas[max(entry, 0)], ${epsilon}), entry >= 0);
}`;
}

function productCode(lanes: number): string {
  return /* wgsl */ `
${entryStruct}
@group(0) @binding(0) var<storage, read_write> products: array<f32>;
@group(0) @binding(1) var<storage, read> gradients: array<f32>;
@group(0) @binding(2) var<storage, read> effective: array<f32>;
@group(0) @binding(3) var<storage, read> entries: array<Entry>;
${lanesCode(lanes)}
@compute @workgroup_size(${lanes}) fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  let e = entries[group.x];
  let lane = i32(index);
  var sum = 0.0;
  for (var i = e.weight + lane; i < e.weight + e.rows * e.columns; i += LANES) { sum += gradients[i] * effective[i]; }
  let product = laneSum(sum, lane);
  if (lane == 0) { products[group.x] = product; }
}`;
}

function backCode(elements: number): string {
  const grid = linearGrid(elements);
  return /* wgsl */ `
${entryStruct}
@group(0) @binding(0) var<storage, read_write> gradients: array<f32>;
@group(0) @binding(1) var<storage, read> products: array<f32>;
@group(0) @binding(2) var<storage, read> sigmas: array<f32>;
@group(0) @binding(3) var<storage, read> leading: array<f32>;
@group(0) @binding(4) var<storage, read> vectors: array<f32>;
@group(0) @binding(5) var<storage, read> entries: array<Entry>;
@group(0) @binding(6) var<storage, read> directory: array<i32>;
@compute @workgroup_size(${grid.size}) ${grid.main} {
  ${grid.index}
  if (index >= ${elements}u) { return; }
  let entry = directory[index / ${blockElements}u];
  if (entry < 0) { return; }
  let e = entries[entry];
  let i = i32(index) - e.weight;
  if (i >= e.rows * e.columns) { return; }
  let pair = leading[e.leading + i / e.columns] * vectors[e.vector + i % e.columns];
  gradients[index] = (gradients[index] - products[entry] * pair) / max(sigmas[entry], ${epsilon});
}`;
}

/** The state that changes: names of the weights to normalise and a start for each one's vector. */
export type SpectralVectors = ReadonlyMap<string, Float32Array>;

export class SpectralArena {
  /** What the network computes with: the parameters' names, shapes and layout. Valid after `normalize`. */
  readonly effective: ParameterSet;
  /** The power iterations' vectors, [last side of the weight], under the weights' names. */
  readonly vectors: ParameterSet;
  private readonly leading: ParameterSet;
  private readonly count: number;
  private readonly flat: Record<'weights' | 'effective' | 'vectors' | 'leading', Tensor>;
  private readonly sigmas: Tensor;
  private readonly products: Tensor;
  private readonly entries: Tensor;
  private readonly directory: Tensor;

  /**
   * @param parameters the network's raw parameters; weights are matrices [product of the leading sides, last side]
   * @param start a non-zero start for u of every weight to be normalised, by the weight's name
   * @throws RangeError if the parameters do not fit one buffer
   */
  constructor(parameters: ParameterSet, start: SpectralVectors) {
    this.effective = parameters.sibling(`${parameters.name}.effective`, 'zero');
    this.vectors = new ParameterSet(`${parameters.name}.vectors`);
    this.leading = new ParameterSet(`${parameters.name}.leading`);
    for (const [name, vector] of start) {
      const { shape } = parameters.get(name);
      const columns = shape.at(-1) ?? 1;
      this.vectors.add(name, [columns], vector);
      this.leading.add(name, [shape.reduce((product, side) => product * side, 1) / columns], null);
    }
    const [weights, vectors, leading] = [offsetsOf(parameters), offsetsOf(this.vectors), offsetsOf(this.leading)];
    const entries = [...start.keys()].map((name): Entry => {
      const columns = this.vectors.get(name).shape[0] ?? 1;
      const rows = this.leading.get(name).shape[0] ?? 1;
      return {
        weight: weights.get(name) ?? 0,
        vector: vectors.get(name) ?? 0,
        leading: leading.get(name) ?? 0,
        rows,
        columns,
      };
    });
    this.count = entries.length;
    this.flat = {
      weights: flatView(onlySegment(parameters)),
      effective: flatView(onlySegment(this.effective)),
      vectors: flatView(onlySegment(this.vectors)),
      leading: flatView(onlySegment(this.leading)),
    };
    const table = Int32Array.from(
      entries.flatMap((entry) => [entry.weight, entry.vector, entry.leading, entry.rows, entry.columns]),
    );
    this.entries = keep(tensor(table, [entries.length, 5], 'int32'));
    this.directory = keep(tensor(directoryOf(entries, this.flat.weights.size), undefined, 'int32'));
    this.sigmas = keep(tensor(new Float32Array(entries.length)));
    this.products = keep(tensor(new Float32Array(entries.length)));
  }

  /** Threads an entry. */
  private get lanes(): number {
    return tuning().workgroupMemory ? 256 : 1;
  }

  /**
   * Fills `effective`. Two dispatches.
   * @param update take a step of the power iterations and store it; without, sigma comes from the vectors as they are
   */
  normalize(update: boolean): void {
    const { weights, effective, vectors, leading } = this.flat;
    const { lanes } = this;
    dispatchTensors({
      label: 'spectralArena.iteration',
      key: `${lanes} ${update}`,
      code: () => iterationCode(lanes, update),
      inPlace: [vectors, leading, this.sigmas],
      inputs: [weights, this.entries],
      workgroups: [this.count],
    });
    dispatchTensors({
      label: 'spectralArena.divide',
      key: `${weights.size}`,
      code: () => divideCode(weights.size),
      inPlace: [effective],
      inputs: [weights, this.sigmas, this.directory],
      workgroups: linearGrid(weights.size).workgroups,
    });
  }

  /**
   * Turns gradients with respect to `effective` into gradients with respect to the raw parameters, in place. Two
   * dispatches.
   * @param gradients the optimizer's arena (`AdamRate.transform`), taken with the latest `normalize`
   */
  readonly toRaw = ([gradients]: readonly Tensor[]): void => {
    if (!gradients) return;
    const { lanes } = this;
    dispatchTensors({
      label: 'spectralArena.product',
      key: `${lanes}`,
      code: () => productCode(lanes),
      inPlace: [this.products],
      inputs: [gradients, this.flat.effective, this.entries],
      workgroups: [this.count],
    });
    dispatchTensors({
      label: 'spectralArena.back',
      key: `${gradients.size}`,
      code: () => backCode(gradients.size),
      inPlace: [gradients],
      inputs: [this.products, this.sigmas, this.flat.leading, this.flat.vectors, this.entries, this.directory],
      workgroups: linearGrid(gradients.size).workgroups,
    });
  };

  /** Copies the vectors of an arena of the same weights. */
  takeVectors(other: SpectralArena): void {
    for (const vector of this.vectors.all()) assignInPlace(vector, other.vectors.get(vector.name).variable);
  }

  dispose(): void {
    for (const tensors of [...Object.values(this.flat), this.sigmas, this.products, this.entries, this.directory])
      tensors.dispose();
    for (const set of [this.effective, this.vectors, this.leading]) set.dispose();
  }
}
