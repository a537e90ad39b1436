/**
 * A run that begins with the networks of another: what they have learnt of pictures is taken over, whatever the new run
 * calls its classes. A row of the condition tables follows its class by name and its cluster by number; what is new
 * begins at the mean of its nearest relatives. Optimizers begin anew, as the schedule does.
 */
import type { NamedArray } from '../../gpu/parameter';
import { tableRows, type ConditionShape } from '../../nn/conditionTable';
import type { Slot } from '../../shared/domain';
import type { TrainerState } from './trainerState';

/** What the classes and clusters of a state are. */
export interface Conditioned {
  classes: readonly string[];
  slots: readonly Slot[];
}

/** The CLIPs that a CLIP head stands on, by the SHA-256 of the files that hold their image towers. */
export interface HeadClips {
  /** Whose prompts condition it. */
  prompts: string;
  /** What it judges through. */
  critic: string;
}

/** The networks of an earlier run. */
export interface WarmStart extends Conditioned {
  tensors: TrainerState['tensors'];
  /** Null where it had none. */
  clips: HeadClips | null;
}

/** For each class and each slot of the new tables, the old rows that it begins as the mean of. */
export interface RowOrigins {
  classes: number[][];
  slots: number[][];
}

const networks = ['generator/', 'averaged/', 'statistics/', 'discriminator/'];
const critic = 'clipHead/';
const tableName = /(^|[./])embedding\.weight$/;

const shapeOf = ({ classes, slots }: Conditioned): ConditionShape => ({
  classCount: classes.length,
  slotCount: slots.length,
});
const all = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Rows by name of the class and number of the cluster. */
export function originsByName(from: Conditioned, to: Conditioned): RowOrigins {
  const earlier = to.classes.map((name) => from.classes.indexOf(name));
  return {
    classes: earlier.map((c) => (c < 0 ? all(from.classes.length) : [c])),
    slots: to.slots.map(({ classIndex, cluster }) => {
      const c = earlier[classIndex] ?? -1;
      const relatives = c < 0 ? [...from.slots] : from.slots.filter((slot) => slot.classIndex === c);
      const own = c < 0 ? undefined : relatives.find((slot) => slot.cluster === cluster);
      return own ? [own.slot] : relatives.map(({ slot }) => slot);
    }),
  };
}

/** A table with the rows that `origins` names; each the mean of its origins. */
function moved({ shape, data }: NamedArray, classCount: number, origins: RowOrigins): NamedArray {
  const width = data.length / (shape[0] ?? 1);
  const sources = [...origins.classes, ...origins.slots.map((rows) => rows.map((row) => classCount + row))];
  const rows = new Float32Array(sources.length * width);
  sources.forEach((from, to) => {
    for (const row of from)
      for (let i = 0; i < width; i += 1)
        rows[to * width + i] = (rows[to * width + i] ?? 0) + (data[row * width + i] ?? 0) / from.length;
  });
  return { shape: [sources.length, ...shape.slice(1)], data: rows };
}

/** All condition tables of a state brought to other classes and slots; everything else as it is. */
export function withConditions(
  tensors: TrainerState['tensors'],
  from: ConditionShape,
  origins: RowOrigins,
): TrainerState['tensors'] {
  const rows = tableRows(from);
  return new Map(
    [...tensors].map(([name, array]) => [
      name,
      tableName.test(name) && array.shape[0] === rows ? moved(array, from.classCount, origins) : array,
    ]),
  );
}

const isSame = (one: NamedArray, other: NamedArray): boolean => one.shape.join() === other.shape.join();

/**
 * The state that a fresh run begins in. The CLIP head is taken over only where it stands on the same CLIPs.
 * @param fresh of the new run, before its first iteration
 * @param clips of the new run
 * @throws RangeError naming the first tensor that does not fit: the networks are built otherwise
 */
export function warmStarted(fresh: TrainerState, from: WarmStart, to: Conditioned, clips: HeadClips): TrainerState {
  const earlier = withConditions(from.tensors, shapeOf(from), originsByName(from, to));
  const own = (prefix: string): [string, NamedArray][] =>
    [...fresh.tensors].filter(([name]) => name.startsWith(prefix));
  const tensors = new Map(fresh.tensors);
  for (const prefix of networks)
    for (const [name, array] of own(prefix)) {
      const found = earlier.get(name);
      if (!found || !isSame(found, array)) throw new RangeError(`"${name}" is of another size`);
      tensors.set(name, found);
    }
  const head = own(critic);
  const sameClips = from.clips?.prompts === clips.prompts && from.clips.critic === clips.critic;
  const fits =
    sameClips &&
    head.every(([name, array]) => {
      const found = earlier.get(name);
      return found && isSame(found, array);
    });
  if (fits) for (const [name] of head) tensors.set(name, earlier.get(name) ?? { shape: [], data: new Float32Array() });
  return { ...fresh, tensors };
}
