/** The settings of BigGAN that the Advanced panel offers. */
import { number, toggle } from '../../../shared/configField';

export const networkFields = [
  toggle('attention', 'Self-attention', 'Lets far parts of a picture see each other. At 64 and 128 pixels only.'),
  number('generator.width', 'Generator width', 'Channels; memory and time grow with its square.', 'channels'),
  number('generator.latent', 'Latent size', 'Numbers that a sample is drawn from.'),
  toggle(
    'generator.latentAtBlocks',
    'Latent at every block',
    'Lets the same latent vary colours and details, not the outline alone.',
  ),
  number('generator.embedding', 'Condition size', 'Numbers that a cluster is described by inside the generator.'),
  number('discriminator.width', 'Discriminator width', 'Channels; memory and time grow with its square.', 'channels'),
];

export const optimizerFields = [
  number('optimizer.generatorRate', 'Generator learning rate'),
  number('optimizer.discriminatorRate', 'Discriminator learning rate'),
  number('optimizer.beta1', 'Adam beta 1'),
  number('optimizer.beta2', 'Adam beta 2'),
];
