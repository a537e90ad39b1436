import { expect, it } from 'vitest';
import { IGNORED } from '../../lcp/labels/labelBook';
import { UNLABELED } from '../../shared/domain';
import type { Event } from '../protocol/events';
import { LabelKeeper, type KeptLabels, type LabelStore } from './labelKeeper';

class MemoryStore implements LabelStore {
  readonly kept = new Map<string, KeptLabels>();
  writes = 0;
  async load(id: string): Promise<KeptLabels | null> {
    return this.kept.get(id) ?? null;
  }
  async save(id: string, labels: KeptLabels): Promise<void> {
    this.writes += 1;
    await Promise.resolve();
    this.kept.set(id, structuredClone(labels));
  }
}

const setOf = (classes: string[], hashes: string[]) => ({
  summary: { classes, imageCount: hashes.length, labeledPerClass: [], unlabeledCount: 0, broken: [], resolution: 32 },
  labels: new Int32Array(hashes.length).fill(UNLABELED),
  hashes,
});

it('brings changes back with the same pictures, whatever their classes are called and ordered, and with no others', async () => {
  const labelStore = new MemoryStore();
  const ports = { labelStore, emit: () => undefined };
  const first = await LabelKeeper.open(setOf(['cat', 'dog'], ['a', 'b', 'c']), ports);
  first.book.addClasses(['cow']);
  first.book.set(Uint32Array.of(0, 1, 2), Int32Array.of(1, 2, IGNORED));
  await first.keep();
  const again = await LabelKeeper.open(setOf(['dog', 'cat'], ['a', 'b', 'c']), ports);
  expect(again.book.classes).toEqual(['dog', 'cat', 'cow']);
  expect([...again.book.codes()]).toEqual([0, 2, IGNORED]);
  const other = await LabelKeeper.open(setOf(['cat', 'dog'], ['b', 'a', 'c']), ports);
  expect([other.book.edited, other.book.touched]).toEqual([0, false]);
});

it('writes the last of many changes, and one at a time', async () => {
  const labelStore = new MemoryStore();
  const keeper = await LabelKeeper.open(setOf(['cat'], ['a', 'b']), { labelStore, emit: () => undefined });
  const writes = [0, 1].map((image) => {
    keeper.book.set(Uint32Array.of(image), 0);
    return keeper.keep();
  });
  await Promise.all(writes);
  expect([...labelStore.kept.values()][0]?.images).toEqual(Uint32Array.of(0, 1));
  expect(labelStore.writes).toBe(2);
});

it('says so where they cannot be kept, and holds them all the same', async () => {
  const events: Event[] = [];
  const labelStore: LabelStore = {
    load: () => Promise.reject(new Error('closed')),
    save: () => Promise.reject(new Error('no room')),
  };
  const keeper = await LabelKeeper.open(setOf(['cat'], ['a']), {
    labelStore,
    emit: (event) => void events.push(event),
  });
  keeper.book.set(Uint32Array.of(0), 0);
  await keeper.keep();
  expect(events).toMatchObject([{ type: 'notice', code: 'labels-not-kept', text: expect.stringContaining('no room') }]);
  expect(keeper.book.at(0)).toBe(0);
});
