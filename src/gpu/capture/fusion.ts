/**
 * Joins commands of a captured step: work element by element is done by the kernel that writes what it reads, while the
 * value is in a register. One dispatch and one pass over memory less each, and the bits of the two kernels apart.
 */
import { pipelineFor } from '../kernel/dispatch';
import { packNumbers, type Pointwise, type ProgramSource } from '../kernel/programSource';
import {
  Constant,
  overlap,
  reads,
  Virtual,
  writes,
  type Command,
  type DispatchCommand,
  type Storage,
  type Use,
} from './commands';
import { foldableCommands } from './constantFolding';
import { joinSources } from './joinSources';

type Fusible = DispatchCommand & { source: ProgramSource };
type Elementwise = Fusible & { source: { pointwise: Pointwise } };

const hasSource = (command: Command | null | undefined): command is Fusible =>
  command?.kind === 'dispatch' && command.source !== undefined;
const isElementwise = (command: Command | null | undefined): command is Elementwise =>
  hasSource(command) && command.source.pointwise !== undefined;

/** Does any command from `from` to `to`, both excluded, write (or, if asked, read) bytes of `storage`? */
function touched(
  commands: readonly (Command | null)[],
  storage: Storage,
  from: number,
  to: number,
  readsToo: boolean,
): boolean {
  for (let i = from + 1; i < to; i++)
    if (commands[i]?.uses.some((use) => (readsToo || writes(use)) && overlap(use.storage, storage))) return true;
  return false;
}

/** WebGPU lets a dispatch read or write a buffer, not both. */
function clash(uses: readonly Use[]): boolean {
  const buffers = (kept: (use: Use) => boolean): (GPUBuffer | Storage)[] =>
    uses.filter(kept).map(({ storage }) => ('buffer' in storage ? storage.buffer : storage));
  const written = buffers(writes);
  const read = new Set(buffers((use) => !writes(use)));
  return written.some((buffer) => read.has(buffer)) || new Set(written).size < written.length;
}

/** What one joining of the commands at `first` and `second` through `through` needs to know. */
interface Candidate {
  first: number;
  second: number;
  through: Virtual;
}

class Fuser {
  private readonly commands: (Command | null)[];
  private readonly foldable: Set<Command>;
  private readonly mostBindings: number;

  constructor(
    private readonly device: GPUDevice,
    given: readonly Command[],
  ) {
    this.commands = [...given];
    this.foldable = foldableCommands(given);
    this.mostBindings = device.limits.maxStorageBuffersPerShaderStage;
  }

  run(): Command[] {
    for (let i = 0; i < this.commands.length; i++) {
      for (const candidate of this.candidates(i)) if (this.join(candidate)) break;
    }
    return this.commands.filter((command) => command !== null);
  }

  /** Ways to join command `second` to one that writes an input of it, the latest writer first. */
  private candidates(second: number): Candidate[] {
    const command = this.commands[second];
    if (!isElementwise(command) || this.foldable.has(command)) return [];
    const inputs = command.uses
      .filter((use, i) => reads(use) && i <= command.source.pointwise.names.length)
      .map(({ storage }) => storage);
    return [...new Set(inputs)]
      .filter((storage): storage is Virtual => storage instanceof Virtual)
      .map((through) => ({ first: this.onlyWriter(through, second), second, through }))
      .filter(({ first }) => first >= 0)
      .toSorted((a, b) => b.first - a.first);
  }

  /** Index of the one command that writes a storage, in whole and before `end`; -1 where it is not so. */
  private onlyWriter(storage: Virtual, end: number): number {
    const writers = this.commands.flatMap((command, i) =>
      command?.uses.some((use) => use.storage === storage && writes(use)) ? [i] : [],
    );
    const [first = -1] = writers;
    const command = this.commands[first];
    if (writers.length !== 1 || first >= end || !hasSource(command) || this.foldable.has(command)) return -1;
    return command.uses.some((use) => use.storage === storage && use.access === 'write') ? first : -1;
  }

  /** May the joined command stand where the first (the second) stands now? */
  private movable(first: number, second: number): 'first' | 'second' | null {
    const [producer, consumer] = [this.commands[first], this.commands[second]];
    if (!producer || !consumer) return null;
    const own = new Set(producer.uses.filter(writes).map(({ storage }) => storage));
    const early = consumer.uses.every(
      (use) => own.has(use.storage) || !touched(this.commands, use.storage, first - 1, second, writes(use)),
    );
    if (early) return 'first';
    const late = producer.uses.every((use) => !touched(this.commands, use.storage, first, second, writes(use)));
    return late ? 'second' : null;
  }

  private join({ first, second, through }: Candidate): boolean {
    const [producer, consumer] = [this.commands[first], this.commands[second]];
    if (!hasSource(producer) || !isElementwise(consumer)) return false;
    const place = this.movable(first, second);
    const output = consumer.uses[0];
    if (
      !place ||
      !(output?.storage instanceof Virtual) ||
      (output.storage.size !== through.size && consumer.source.pointwise.scatter === undefined)
    )
      return false;
    const keep = this.commands.some(
      (command, i) => i !== first && i !== second && command?.uses.some(({ storage }) => storage === through),
    );
    const made = this.joined(producer, consumer, through, keep);
    if (!made) return false;
    this.commands[first] = null;
    this.commands[second] = null;
    this.commands[place === 'first' ? first : second] = made;
    return true;
  }

  private joined(producer: Fusible, consumer: Elementwise, through: Virtual, keep: boolean): DispatchCommand | null {
    const bindings = producer.uses.filter(({ uniform }) => !uniform);
    const inputs = consumer.uses.filter(({ uniform }) => !uniform).slice(1);
    const piped = inputs.map(({ storage }) => storage === through);
    const result = producer.source.bindings[bindings.findIndex(({ storage }) => storage === through)]?.name;
    // An input that repeats can only be the result where nothing is repeated, and then not this way.
    if (result === undefined || piped.slice(consumer.source.pointwise.names.length).some(Boolean)) return null;
    const source = joinSources(
      { producer: producer.source, consumer: consumer.source, result, piped, keep },
      `f${producer.source.label.split('+').length}_`,
    );
    if (!source) return null;
    const uses: Use[] = [
      ...bindings.filter((use) => writes(use) && (keep || use.storage !== through)),
      ...consumer.uses.slice(0, 1),
      ...bindings.filter((use) => !writes(use)),
      ...inputs.filter((_, i) => !piped[i]),
    ];
    if (uses.length > this.mostBindings || clash(uses)) return null;
    const block = packNumbers(source);
    const { pipeline, layout } = pipelineFor(this.device, source);
    return {
      ...producer,
      label: source.label,
      source,
      pipeline,
      layout,
      uses: block ? [...uses, { storage: new Constant(block), access: 'read', uniform: true }] : uses,
    };
  }
}

/** @returns the commands with those joined that can be */
export function fuse(device: GPUDevice, commands: readonly Command[]): Command[] {
  return new Fuser(device, commands).run();
}
