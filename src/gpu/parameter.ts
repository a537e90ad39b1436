/**
 * Parameters: named tensors that live as long as a network and are updated in place, never replaced, so that captured
 * steps, samplers and checkpoints all see the same memory.
 *
 * All trainable parameters of a set lie in one arena (views at 256-byte steps), which is laid out when the first of
 * them reaches the GPU: the optimizer then updates the whole network by one dispatch. Non-trainable ones (spectral-norm
 * vectors, running statistics) own their buffers, because a kernel may not write one part of a buffer while it reads
 * another.
 */
import { engine as tfEngine, Variable, type Tensor } from '@tensorflow/tfjs-core';
import { byteLength } from './backend';
import { currentBackend } from './current';
import { add, tidy, zeros } from './tensor';

export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly trainable: boolean;
  /** The tensor to compute with. Its memory is the parameter itself: never dispose or assign it. */
  readonly variable: Variable;
}

export interface ParameterOptions {
  /** Default true. */
  trainable?: boolean;
}

export interface NamedArray {
  shape: number[];
  data: Float32Array;
}

/**
 * A contiguous piece of trainable parameters: normally the whole set, more pieces only beyond the device's binding
 * size.
 */
export interface Segment {
  readonly buffer: GPUBuffer;
  /** Bytes, a multiple of 256. */
  readonly size: number;
  readonly members: readonly { parameter: Parameter; offset: number }[];
}

const alignment = 256;
const arenaUsage = (): number => GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
const uniqueNames = { next: 0 };

function aligned(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

export class ParameterSet {
  private readonly parameters = new Map<string, Parameter>();
  private readonly initial = new Map<string, Float32Array | null>();
  private pieces: Segment[] | null = null;

  /**
   * @param name of the network, for messages
   * @param segmentBytes most bytes of one piece of the arena; default, and never more than, the device's largest
   * binding
   */
  constructor(
    readonly name = 'network',
    readonly segmentBytes = Infinity,
  ) {}

  /**
   * Adds a parameter. All must be added before the first is used.
   * @param init its values in row-major order, or null for zeros
   */
  add(
    name: string,
    shape: readonly number[],
    init: Float32Array | null,
    { trainable = true }: ParameterOptions = {},
  ): Parameter {
    if (this.pieces) throw new Error(`${this.name}: "${name}" was added after the parameters were first used`);
    if (this.parameters.has(name)) throw new Error(`${this.name}: there already is a parameter "${name}"`);
    const elements = byteLength(shape) / 4;
    if (init && init.length !== elements)
      throw new RangeError(`${this.name}: "${name}" has ${elements} elements, ${init.length} values were given`);
    const parameter = { name, shape: [...shape], trainable, variable: this.makeVariable(name, shape, trainable) };
    this.parameters.set(name, parameter);
    this.initial.set(name, init);
    return parameter;
  }

  /** Data without memory, whose first use lays out the arena. */
  private makeVariable(name: string, shape: readonly number[], trainable: boolean): Variable {
    const backend = currentBackend();
    const info = backend.makeTensorInfo([...shape], 'float32');
    backend.tensorMap.get(info.dataId).prepare = () => this.segments;
    const tensor = tfEngine().makeTensorFromTensorInfo(info);
    // The library wants names that are unique in the process.
    const variable = tfEngine().makeVariable(
      tensor,
      trainable,
      `${this.name}/${name}#${uniqueNames.next++}`,
    ) as Variable;
    tensor.dispose();
    return variable;
  }

  /** @throws RangeError when there is no such parameter */
  get(name: string): Parameter {
    const parameter = this.parameters.get(name);
    if (!parameter) throw new RangeError(`${this.name}: no parameter "${name}"`);
    return parameter;
  }

  has(name: string): boolean {
    return this.parameters.has(name);
  }

  /** All parameters, in the order they were added. */
  all(): Parameter[] {
    return [...this.parameters.values()];
  }

  trainable(): Parameter[] {
    return this.all().filter((parameter) => parameter.trainable);
  }

  /** Number of trainable values. */
  get count(): number {
    return this.trainable().reduce((sum, { shape }) => sum + byteLength(shape) / 4, 0);
  }

  /** The arena of the trainable parameters; lays it out (and freezes the set) on first call. */
  get segments(): readonly Segment[] {
    return (this.pieces ??= this.layOut());
  }

  private layOut(): Segment[] {
    const { limits } = currentBackend().device;
    const most = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize, this.segmentBytes);
    const groups: Parameter[][] = [];
    let filled = Infinity;
    for (const parameter of this.trainable()) {
      const size = aligned(byteLength(parameter.shape));
      if (filled + size > most) {
        groups.push([]);
        filled = 0;
      }
      groups.at(-1)?.push(parameter);
      filled += size;
    }
    for (const parameter of this.all()) if (!parameter.trainable) this.allocate([parameter]);
    const pieces = groups.map((members) => this.allocate(members));
    this.initial.clear();
    return pieces;
  }

  /** One buffer for some parameters, filled with their initial values. */
  private allocate(members: readonly Parameter[]): Segment {
    const backend = currentBackend();
    let size = 0;
    const placed = members.map((parameter) => {
      const offset = size;
      size += aligned(byteLength(parameter.shape));
      return { parameter, offset };
    });
    const buffer = backend.device.createBuffer({ label: this.name, size, usage: arenaUsage(), mappedAtCreation: true });
    const mapped = buffer.getMappedRange();
    for (const { parameter, offset } of placed) {
      const init = this.initial.get(parameter.name);
      if (init) new Float32Array(mapped, offset, init.length).set(init);
      backend.bindView(parameter.variable.dataId, buffer, offset);
    }
    buffer.unmap();
    return { buffer, size, members: placed };
  }

  /** Copies of all values, in the order of `all()`. */
  async toArrays(): Promise<Map<string, NamedArray>> {
    const backend = currentBackend();
    const values = new Map<string, Float32Array>();
    // All reads are recorded before the first is awaited: one moment's values, whatever runs meanwhile.
    const pieces = this.segments.map(async ({ buffer, size, members }) => {
      const bytes = await backend.readRange(buffer, 0, size);
      for (const { parameter, offset } of members)
        values.set(parameter.name, new Float32Array(bytes, offset, byteLength(parameter.shape) / 4).slice());
    });
    const states = this.all().map(async ({ name, trainable, variable }) => {
      if (!trainable) values.set(name, (await variable.data()) as Float32Array);
    });
    await Promise.all([...pieces, ...states]);
    return new Map(
      this.all().map(({ name, shape }) => [name, { shape: [...shape], data: values.get(name) ?? new Float32Array() }]),
    );
  }

  /**
   * Overwrites all values in place.
   * @throws RangeError when a parameter is missing, unknown, or of another shape; nothing is written then
   */
  load(arrays: ReadonlyMap<string, NamedArray>): void {
    for (const name of arrays.keys()) this.get(name);
    for (const { name, shape } of this.all()) {
      const array = arrays.get(name);
      if (!array) throw new RangeError(`${this.name}: no values for "${name}"`);
      if (array.shape.join() !== shape.join())
        throw new RangeError(`${this.name}: "${name}" is [${shape.join()}], the values are [${array.shape.join()}]`);
    }
    for (const { name, variable } of this.all()) {
      const array = arrays.get(name);
      if (array) currentBackend().writeData(variable.dataId, array.data);
    }
  }

  /** A set of the same names, shapes and layout. @param values 'copy' of the present ones, or 'zero' */
  sibling(name: string, values: 'copy' | 'zero'): ParameterSet {
    const sibling = new ParameterSet(name, this.segmentBytes);
    for (const parameter of this.all())
      sibling.add(parameter.name, parameter.shape, null, { trainable: parameter.trainable });
    if (values === 'copy')
      for (const parameter of this.all()) assignInPlace(sibling.get(parameter.name), parameter.variable);
    return sibling;
  }

  /** Frees everything. Plans that use the parameters must be disposed before. */
  dispose(): void {
    currentBackend().flush();
    const buffers = new Set<GPUBuffer>(this.pieces?.map(({ buffer }) => buffer));
    for (const { trainable, variable } of this.all()) {
      if (!trainable && this.pieces) buffers.add(currentBackend().rangeOf(variable.dataId).buffer);
      variable.dispose();
    }
    for (const buffer of buffers) buffer.destroy();
    this.parameters.clear();
  }
}

/**
 * Copies a tensor of the same shape over a parameter, in order with everything recorded before. Not seen by the
 * gradient tape.
 */
export function assignInPlace(parameter: Parameter, value: Tensor): void {
  if (value.shape.join() !== parameter.shape.join()) {
    throw new RangeError(`"${parameter.name}" is [${parameter.shape.join()}], the value is [${value.shape.join()}]`);
  }
  const stored = currentBackend().tensorMap.get(value.dataId).dtype;
  if (stored !== 'float32') throw new TypeError(`"${parameter.name}" is float32, the value's bytes are ${stored}`);
  currentBackend().copy({ source: value.dataId, target: parameter.variable.dataId });
}

/**
 * A loss and its gradient with respect to parameters.
 * @param loss a function of the parameters that returns a scalar
 * @param independent what a parameter gets that the loss does not depend on: an error that names it, since mostly a
 * layer was forgotten, or a gradient of zeros (R1 does not reach the layers of the conditional logit)
 * @returns the value, and one gradient a parameter in the given order
 * @throws Error naming the first parameter that the loss does not depend on, unless these get zeros; of a loss that
 * depends on none, in either mode
 */
export function lossAndGradients(
  loss: () => Tensor,
  parameters: readonly Parameter[],
  independent: 'throw' | 'zeros' = 'throw',
): { value: Tensor; gradients: Tensor[] } {
  const variables = parameters.map(({ variable }) => variable as Tensor);
  const { value, grads } = tfEngine().gradients(loss, variables, undefined, true);
  const none = !grads.some(Boolean);
  const gradients = grads.map((gradient: Tensor | null, i) => {
    if (gradient) return gradient;
    if (none || independent === 'throw') throw new Error(`the loss does not depend on "${parameters[i]?.name ?? ''}"`);
    return zeros(parameters[i]?.shape.slice() as [number]);
  });
  return { value, gradients };
}

/**
 * The same of a loss that is a sum over parts of a batch, one part after the other: what a part's backward pass keeps is
 * freed before the next one's, so that a large batch takes the memory of a part.
 * @param loss of part 0, 1, ...; the parts' sum is meant
 */
export function accumulatedGradients(
  parts: number,
  loss: (part: number) => Tensor,
  parameters: readonly Parameter[],
  independent: 'throw' | 'zeros' = 'throw',
): { value: Tensor; gradients: Tensor[] } {
  const of = (part: number): Tensor[] => {
    const { value, gradients } = lossAndGradients(() => loss(part), parameters, independent);
    return [value, ...gradients];
  };
  let sums = tidy(() => of(0));
  for (let part = 1; part < parts; part++) {
    const before = sums;
    sums = tidy(() => of(part).map((more, i) => add(before[i] as Tensor, more)));
    for (const sum of before) sum.dispose();
  }
  const [value, ...gradients] = sums;
  return { value: value as Tensor, gradients };
}
