/**
 * The sample grid as the trained weights of this very moment draw it, without the moving average: these take the
 * average's place while it is drawn, and the average comes back to the bit. The next refresh of the sampler makes anew
 * whatever else followed from it.
 */
import { assignInPlace, type ParameterSet } from '../../gpu/parameter';
import type { GeneratorNetwork } from '../../nn/networks';
import type { SampleGrid, Sampler } from './sampling';

function copyOver(target: ParameterSet, source: ParameterSet): void {
  for (const parameter of target.all()) assignInPlace(parameter, source.get(parameter.name).variable);
}

/** Nobody else may use the networks meanwhile. */
export async function rawGrid(
  { weights, averaged, sets }: Pick<GeneratorNetwork, 'weights' | 'averaged' | 'sets'>,
  sampler: Pick<Sampler, 'grid'>,
): Promise<SampleGrid> {
  const kept = averaged.raw.sibling('kept average', 'copy');
  // Statistics that are collected anew still round by what was there before.
  const statistics = await sets.statistics.toArrays();
  try {
    copyOver(averaged.raw, weights.raw);
    return await sampler.grid();
  } finally {
    copyOver(averaged.raw, kept);
    sets.statistics.load(statistics);
    kept.dispose();
  }
}
