/** The settings of StyleGAN2-ADA that the Advanced panel offers. */
import { number, toggle } from '../../../shared/configField';

export const networkFields = [
  number(
    'channels.base',
    'Channel base',
    'Maps of a side of s pixels have this divided by s channels. Time grows with its square, memory with it.',
    'channels',
  ),
  number('channels.most', 'Most channels', 'No map has more, however small it is.', 'channels'),
  number('generator.latent', 'Latent size', 'Numbers that a sample is drawn from, and that its style has.'),
  number('generator.mappingLayers', 'Mapping layers', 'From the latent to the style.', 'layers'),
  toggle(
    'generator.joined',
    'Joined mapping',
    'Latent and condition enter the mapping side by side, as in public networks with classes: to begin with one of these.',
  ),
  number(
    'styleMixing',
    'Style mixing',
    'Share of the steps in which pictures have two styles, so that layers learn to stand alone. 0 turns it off.',
  ),
  toggle(
    'discriminator.residual',
    'Residual discriminator',
    'A short way beside each pair of convolutions: for 64 pixels and more.',
  ),
  number(
    'deviationGroup',
    'Group of the deviation',
    'Pictures that the discriminator compares with each other.',
    'pictures',
  ),
];

export const optimizerFields = [
  number('optimizer.generatorRate', 'Generator learning rate'),
  number('optimizer.discriminatorRate', 'Discriminator learning rate'),
  number('optimizer.beta1', 'Adam beta 1'),
  number('optimizer.beta2', 'Adam beta 2'),
  number(
    'r1.gamma',
    'R1 weight',
    'Holds the discriminator smooth. More where training is unstable, less where pictures stay blurred.',
  ),
  number('r1.every', 'R1 interval', 'Iterations from one R1 step to the next.', 'iterations'),
  number(
    'parts',
    'Parts of a step',
    'Parts that a batch is taken in, one after the other: less memory, a little slower.',
  ),
  number('r1.parts', 'Parts of an R1 step', 'R1 needs more memory than other steps.'),
];
