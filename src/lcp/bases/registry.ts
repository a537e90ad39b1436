/** The base models there are; `facts.ts` has what can be said of them without the engine. */
import type { Base, ConfigOf, RunConfig } from '../../shared/config';
import type { BaseModel } from './baseModel';
import { bigGan } from './biggan/model';
import { styleGan2 } from './stylegan2/model';

export const baseModels: { readonly [B in Base]: BaseModel<ConfigOf<B>> } = { biggan: bigGan, stylegan2: styleGan2 };

/** The base model of a configuration. */
export function baseModel({ base }: Pick<RunConfig, 'base'>): BaseModel {
  return baseModels[base];
}
