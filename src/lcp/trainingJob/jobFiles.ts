/**
 * A training job: everything that PyTorch needs to take a run over where it stands, as the files of one folder. The
 * run's state is a checkpoint; labels, clusters and prompts in it stay the studio's. `train.py` writes a checkpoint back,
 * which the studio opens like its own. It follows the studio's algorithm draw for draw (`trainingJob.gpu.test.ts`).
 */
import { writeNpy } from '../../formats/npy';
import { StudioError } from '../../shared/errors';
import type { TokensInFile } from '../../clip/twin/imageTwin';
import { buildCheckpoint, type Checkpoint } from '../checkpoint/checkpoint';
import { tokenWidthsIn } from '../checkpoint/checkpointNetworks';
import type { ExportedFile } from '../checkpoint/exportBundle';
import { jobSources } from './jobSources';

/** An image tower as it was loaded. */
export interface JobTower {
  /** The ONNX file. */
  onnx: Uint8Array;
  imageSize: number;
  mean: readonly number[];
  std: readonly number[];
}

/** What token heads look at. */
export interface JobTokens {
  /** The tower that they look into; null: the critic's. */
  tower: JobTower | null;
  /** Where the tokens lie in its file, one for each head; null where they have no name there. */
  places: readonly TokensInFile[] | null;
}

export interface JobInput {
  checkpoint: Checkpoint;
  /** 8-bit RGB, picture after picture, [N, R, R, 3]. */
  pixels: Uint8Array;
  /** Which pictures the discriminator may see, ascending. */
  population: Uint32Array;
  /** The critic's. */
  tower: JobTower;
  /** Null without token heads. */
  tokens: JobTokens | null;
  /** Bytes of a file of pictures at most, but for a picture that is larger; default 256 MiB. */
  pictureFileBytes?: number;
}

/** @throws StudioError 'protocol' where the critic looks at tokens that the CLIP's file has no names for */
export async function jobFiles({
  checkpoint,
  pixels,
  population,
  tower,
  tokens,
  pictureFileBytes = 2 ** 28,
}: JobInput): Promise<ExportedFile[]> {
  const { config } = checkpoint;
  const usesClip = config.clipHead.weight > 0;
  const heads = tokenWidthsIn(checkpoint.trainer.tensors);
  if (heads.length > 0 && !tokens?.places) throw namelessTokens();
  const { resolution } = config;
  const text = (name: string, contents: string): ExportedFile => ({ name, bytes: new TextEncoder().encode(contents) });
  const described = ({ imageSize, mean, std }: JobTower) => ({ imageSize, mean, std });
  const other = usesClip ? tokens?.tower : null;
  return [
    { name: 'run.safetensors', bytes: buildCheckpoint(checkpoint) },
    ...pictureFiles(pixels, resolution, pictureFileBytes),
    { name: 'population.npy', bytes: writeNpy(Int32Array.from(population), [population.length]) },
    ...(usesClip
      ? [
          { name: 'clip_image_tower.onnx', bytes: Uint8Array.from(tower.onnx) },
          text(
            'job.json',
            JSON.stringify({
              ...described(tower),
              tokens: tokens?.places ?? [],
              tokenTower: other ? described(other) : null,
            }),
          ),
        ]
      : []),
    ...(other ? [{ name: 'clip_token_tower.onnx', bytes: Uint8Array.from(other.onnx) }] : []),
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
    why: 'Its critic looks at tokens inside a CLIP that the file of this CLIP has no names for.',
    action: 'Use another CLIP, or judge no parts of samples (in the settings, or --set clipHead.tokenHeads=none).',
  });
}
