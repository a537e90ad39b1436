import { describe, expect, it } from 'vitest';
import { CounterRandom } from '../../shared/rng';
import type { Access } from '../backend';
import type { LazyPipeline } from '../kernel/lazyPipeline';
import { Constant, External, Virtual, type Command, type Storage, type Use } from './commands';
import { foldConstants } from './constantFolding';
import { withoutCopies } from './copyElision';
import { withoutDeadCode } from './deadCode';
import { livesOf, planMemory, type Life } from './memoryPlan';

const use = (storage: Storage, access: Access): Use => ({ storage, access, uniform: false });
const r = (storage: Storage): Use => use(storage, 'read');
const w = (storage: Storage): Use => use(storage, 'write');
const rw = (storage: Storage): Use => use(storage, 'readWrite');
const dispatch = (...uses: Use[]): Command => ({
  kind: 'dispatch',
  label: '',
  pipeline: {} as LazyPipeline,
  layout: null,
  uses,
  workgroups: [1, 1, 1],
});
const copy = (source: Storage, target: Storage): Command => ({ kind: 'copy', label: '', uses: [r(source), w(target)] });
const buffer = (): GPUBuffer => ({}) as GPUBuffer;
const copies = (commands: readonly Command[]): number => commands.filter(({ kind }) => kind === 'copy').length;

describe('dead code', () => {
  it('keeps what reaches the outside, through several writers of one storage, and nothing else', () => {
    const [filled, unused, chained] = [new Virtual(4), new Virtual(4), new Virtual(4)];
    const out = new External(buffer(), 0, 4);
    const fill = dispatch(w(filled));
    const addInto = dispatch(rw(filled), r(chained));
    const commands = [
      dispatch(w(chained)),
      fill,
      dispatch(w(unused), r(chained)),
      addInto,
      dispatch(r(filled), w(out)),
      dispatch(w(unused)),
    ];
    expect(withoutDeadCode(commands)).toEqual([commands[0], fill, addInto, commands[4]]);
  });
});

describe('constant folding', () => {
  it('takes out what depends on constants only, through chains, and gives its readers a buffer of the plan', () => {
    const [zeros, table, varying, partly] = [new Virtual(16), new Virtual(16), new Virtual(16), new Virtual(16)];
    const [input, out] = [new External(buffer(), 0, 16), new External(buffer(), 0, 16)];
    const block = use(new Constant(new Uint8Array(16)), 'read');
    const commands = [
      dispatch(w(zeros), block),
      dispatch(w(table), r(zeros), block),
      dispatch(w(partly)),
      dispatch(w(varying), r(table), r(input)),
      dispatch(rw(partly), r(varying)),
      dispatch(w(out), r(partly), r(table)),
    ];
    const { once, always, buffers } = foldConstants(commands, buffer);
    expect(once).toEqual(commands.slice(0, 2));
    expect(always).toEqual(commands.slice(2));
    expect(buffers).toHaveLength(1);
    expect(commands[1]?.uses[0]?.storage).toBe(commands[3]?.uses[1]?.storage);
    expect(commands[5]?.uses[2]?.storage).toBeInstanceOf(External);
  });

  it('leaves large results in the step', () => {
    const commands = [dispatch(w(new Virtual(1 << 20)))];
    expect(foldConstants(commands, buffer)).toEqual({ once: [], always: commands, buffers: [] });
  });
});

describe('copy elision', () => {
  const arena = buffer();
  const slot = (i: number): External => new External(arena, 256 * i, 4);

  it('writes results where they would have been copied to', () => {
    const [a, b, x] = [new Virtual(4), new Virtual(4), new Virtual(4)];
    const commands = withoutCopies(
      [
        dispatch(w(x)),
        dispatch(r(x), w(a)),
        dispatch(r(x), w(b)),
        copy(a, slot(0)),
        copy(b, slot(1)),
        dispatch(rw(new External(arena, 0, 512))),
      ],
      256,
    );
    expect(copies(commands)).toBe(0);
    expect(commands[1]?.uses[1]?.storage).toEqual(slot(0));
    expect(commands[2]?.uses[1]?.storage).toEqual(slot(1));
  });

  it.each<[string, (a: Virtual, b: Virtual) => Command[]]>([
    ['a command computes the result from the old value', (a) => [dispatch(w(a), r(slot(0))), copy(a, slot(0))]],
    [
      'another part of the buffer is read by the command that writes',
      (a) => [dispatch(w(a), r(slot(5))), copy(a, slot(0))],
    ],
    [
      'the old value is read in between',
      (a, b) => [dispatch(w(a)), dispatch(r(slot(0)), w(b)), copy(a, slot(0)), copy(b, new External(buffer(), 4, 4))],
    ],
    ['the place is written in between', (a) => [dispatch(w(a)), dispatch(w(slot(0))), copy(a, slot(0))]],
    [
      'the place changes while the result is still wanted',
      (a, b) => [
        dispatch(w(a)),
        copy(a, slot(0)),
        dispatch(rw(slot(0))),
        dispatch(r(a), w(b)),
        copy(b, new External(buffer(), 4, 4)),
      ],
    ],
    ['the result changes after the copy', (a) => [dispatch(w(a)), copy(a, slot(0)), dispatch(rw(a))]],
    [
      'a reader of the result writes to the same buffer',
      (a) => [dispatch(w(a)), dispatch(r(a), w(slot(3))), copy(a, slot(0))],
    ],
    ['the place cannot be bound', (a) => [dispatch(w(a)), copy(a, new External(arena, 4, 4))]],
  ])('keeps the copy where %s', (_, build) => {
    const commands = build(new Virtual(4), new Virtual(4));
    expect(copies(withoutCopies(commands, 256))).toBe(copies(commands));
  });

  it('keeps copies of one result to two places of one buffer', () => {
    const a = new Virtual(4);
    expect(copies(withoutCopies([dispatch(w(a)), copy(a, slot(0)), copy(a, slot(1))], 256))).toBe(2);
  });

  it('does not make a command read and write one buffer by two elisions', () => {
    const [a, b] = [new Virtual(4), new Virtual(4)];
    const commands = withoutCopies([dispatch(w(a)), dispatch(r(a), w(b)), copy(a, slot(0)), copy(b, slot(1))], 256);
    expect(copies(commands)).toBe(1);
  });

  it('lets the new state be read after the place where it was copied', () => {
    const [a, b] = [new Virtual(4), new Virtual(4)];
    const out = new External(buffer(), 4, 4);
    expect(copies(withoutCopies([dispatch(w(a)), copy(a, slot(0)), dispatch(r(a), w(b)), copy(b, out)], 256))).toBe(1);
  });
});

describe('memory plan', () => {
  it('never lets two live storages share, and never uses more than one buffer each', () => {
    const random = new CounterRandom(1);
    for (let trial = 0; trial < 50; trial++) {
      const lives: Life[] = Array.from({ length: 60 }, () => {
        const first = random.integer(100);
        return { storage: new Virtual(4 * (1 + random.integer(1000))), first, last: first + random.integer(20) };
      });
      const { sizes, place } = planMemory(lives);
      lives.forEach((a, i) => {
        expect(sizes[place.get(a.storage) ?? -1]).toBeGreaterThanOrEqual(a.storage.size);
        for (const b of lives.slice(i + 1)) {
          if (place.get(a.storage) === place.get(b.storage)) expect(a.last < b.first || b.last < a.first).toBe(true);
        }
      });
      const most = Math.max(
        ...Array.from({ length: 120 }, (_, t) =>
          lives
            .filter(({ first, last }) => first <= t && t <= last)
            .reduce((sum, { storage }) => sum + storage.size, 0),
        ),
      );
      const total = sizes.reduce((a, b) => a + b, 0);
      expect(total).toBeGreaterThanOrEqual(most);
      expect(total).toBeLessThan(lives.reduce((sum, { storage }) => sum + storage.size, 0));
    }
  });

  it('runs a chain in two buffers', () => {
    const chain = Array.from({ length: 10 }, () => new Virtual(64));
    const commands = chain.slice(1).map((target, i) => dispatch(r(chain[i] as Virtual), w(target)));
    expect(planMemory(livesOf(commands)).sizes).toEqual([64, 64]);
  });
});
