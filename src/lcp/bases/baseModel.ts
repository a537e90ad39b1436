/**
 * What a base model is to the rest of the program: networks, the game they play, and the steps in which they learn.
 * What can be said of it without the engine is in its facts (`baseFacts.ts`).
 */
import type { AdamOptions } from '../../gpu/adam/adam';
import type { ParameterSet } from '../../gpu/parameter';
import type { ConditionShape } from '../../nn/conditionTable';
import type { NetworkParameters } from '../../nn/networkParameters';
import type { DiscriminatorNetwork, GeneratorNetwork } from '../../nn/networks';
import type { RunConfig } from '../../shared/config';
import type { TorchLayout } from '../checkpoint/torchLayout';
import type { CriticForm, NetworkName, StepContext, TrainingStep } from '../training/step';

export interface OptimizerSettings extends AdamOptions {
  rate: number;
}

/** The parameters that a generator is made with; `averaged` has those of `weights`. */
export interface GeneratorParts {
  weights: NetworkParameters;
  averaged: NetworkParameters;
  statistics: ParameterSet;
}

// Methods, not properties that are functions: an entry for one base model's configuration is then an entry of the table.
export interface BaseModel<C extends RunConfig = RunConfig> extends CriticForm {
  generator(config: C, conditions: ConditionShape, parts: GeneratorParts): GeneratorNetwork;
  discriminator(config: C, conditions: ConditionShape, weights: NetworkParameters): DiscriminatorNetwork;
  /** The steps of an iteration, in order. */
  steps(context: StepContext<C>): TrainingStep[];
  optimizers(config: C): Record<NetworkName, OptimizerSettings>;
  /** How its networks look from PyTorch. */
  torch: { generator: TorchLayout; discriminator: TorchLayout };
}
