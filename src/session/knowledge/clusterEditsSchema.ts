/** What a person wants of the clusters, as it crosses between page and worker. */
import * as v from 'valibot';

const slot = v.pipe(v.number(), v.integer(), v.minValue(0));

export const clusterEditsSchema = v.object({
  names: v.array(v.object({ slot, name: v.pipe(v.string(), v.maxLength(60)) })),
  locked: v.array(slot),
  merges: v.array(v.tuple([slot, slot])),
  splits: v.array(slot),
  counts: v.array(
    v.object({ classIndex: slot, clusters: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(32)) }),
  ),
});
