/** What can be said of the base models that there are without loading the engine. */
import type { Base, ConfigOf, RunConfig } from '../../shared/config';
import type { BaseFacts, BaseOutline } from './baseFacts';
import { bigGanFacts } from './biggan/facts';
import { styleGan2Facts } from './stylegan2/facts';

export const allBaseFacts: { readonly [B in Base]: BaseFacts<ConfigOf<B>> } = {
  biggan: bigGanFacts,
  stylegan2: styleGan2Facts,
};

/** The facts of a configuration's base model. */
export function baseFacts({ base }: Pick<RunConfig, 'base'>): BaseOutline {
  return allBaseFacts[base];
}
