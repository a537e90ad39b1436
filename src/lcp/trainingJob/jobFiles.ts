/**
 * A training job: everything that PyTorch needs to take a run over where it stands, as the files of one folder. The
 * run's state is a checkpoint; labels, clusters and prompts in it stay the studio's. `train.py` writes a checkpoint back,
 * which the studio opens like its own. It follows the studio's algorithm draw for draw (`trainingJob.gpu.test.ts`).
 */
import { writeNpy } from '../../formats/npy';
import { StudioError } from '../../shared/errors';
import type { TokensInFile } from '../../clip/twin/imageTwin';
import { buildCheckpoint, type Checkpoint } from '../checkpoint/checkpoint';
import { tokenShapeIn } from '../checkpoint/checkpointNetworks';
import type { ExportedFile } from '../checkpoint/exportBundle';
import { jobSources } from './jobSources';

/** CLIP's image tower as it was loaded. */
export interface JobTower {
  /** The ONNX file. */
  onnx: Uint8Array;
  imageSize: number;
  mean: readonly number[];
  std: readonly number[];
  /** Where the tower's tokens lie in the file; null where they have no name there, or nothing looks at them. */
  tokens: TokensInFile | null;
}

export interface JobInput {
  checkpoint: Checkpoint;
  /** 8-bit RGB, picture after picture, [N, R, R, 3]. */
  pixels: Uint8Array;
  /** Which pictures the discriminator may see, ascending. */
  population: Uint32Array;
  tower: JobTower;
}

/** @throws StudioError 'protocol' where the critic looks at tokens that the CLIP's file has no names for */
export async function jobFiles({ checkpoint, pixels, population, tower }: JobInput): Promise<ExportedFile[]> {
  const { config, labels } = checkpoint;
  const usesClip = config.clipHead.weight > 0;
  const heads = tokenShapeIn(checkpoint.trainer.tensors);
  if (heads && !tower.tokens) throw namelessTokens();
  const { resolution } = config;
  const count = labels?.given.length ?? pixels.length / (resolution * resolution * 3);
  const text = (name: string, contents: string): ExportedFile => ({ name, bytes: new TextEncoder().encode(contents) });
  const { imageSize, mean, std, tokens } = tower;
  return [
    { name: 'run.safetensors', bytes: buildCheckpoint(checkpoint) },
    { name: 'pictures.npy', bytes: writeNpy(pixels, [count, resolution, resolution, 3]) },
    { name: 'population.npy', bytes: writeNpy(Int32Array.from(population), [population.length]) },
    ...(usesClip
      ? [
          { name: 'clip_image_tower.onnx', bytes: Uint8Array.from(tower.onnx) },
          text('job.json', JSON.stringify({ imageSize, mean, std, tokens: heads && tokens })),
        ]
      : []),
    ...[...(await jobSources())].map(([name, contents]) => text(name, contents)),
  ];
}

function namelessTokens(): StudioError {
  return new StudioError({
    code: 'protocol',
    what: 'This run cannot become a training job.',
    why: 'Its critic looks at tokens inside CLIP that the file of this CLIP has no names for.',
    action: 'Use another CLIP, or set the resolution to 32, where the critic looks at no tokens.',
  });
}
