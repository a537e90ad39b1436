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

/** The critic's image tower as it was loaded. */
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
  /** Bytes of a file of pictures at most, but for a picture that is larger; default 256 MiB. */
  pictureFileBytes?: number;
}

/** @throws StudioError 'protocol' where the critic looks at tokens that the CLIP's file has no names for */
export async function jobFiles({
  checkpoint,
  pixels,
  population,
  tower,
  pictureFileBytes = 2 ** 28,
}: JobInput): Promise<ExportedFile[]> {
  const { config } = checkpoint;
  const usesClip = config.clipHead.weight > 0;
  const heads = tokenShapeIn(checkpoint.trainer.tensors);
  if (heads && !tower.tokens) throw namelessTokens();
  const { resolution } = config;
  const text = (name: string, contents: string): ExportedFile => ({ name, bytes: new TextEncoder().encode(contents) });
  const { imageSize, mean, std, tokens } = tower;
  return [
    { name: 'run.safetensors', bytes: buildCheckpoint(checkpoint) },
    ...pictureFiles(pixels, resolution, pictureFileBytes),
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

/** The pictures in order, several files where they are many: no buffer need hold them all. */
function pictureFiles(pixels: Uint8Array, side: number, most: number): ExportedFile[] {
  const bytes = side * side * 3;
  const each = Math.max(1, Math.floor(most / bytes));
  return Array.from({ length: Math.ceil(pixels.length / (each * bytes)) }, (_, i) => {
    const some = pixels.subarray(i * each * bytes, (i + 1) * each * bytes);
    const name = `pictures/${String(i).padStart(4, '0')}.npy`;
    return { name, bytes: writeNpy(some, [some.length / bytes, side, side, 3]) };
  });
}

function namelessTokens(): StudioError {
  return new StudioError({
    code: 'protocol',
    what: 'This run cannot become a training job.',
    why: 'Its critic looks at tokens inside CLIP that the file of this CLIP has no names for.',
    action: 'Use another CLIP, or set the resolution to 32, where the critic looks at no tokens.',
  });
}
