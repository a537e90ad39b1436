/**
 * Where evaluation networks come from: the list (models/evaluation.json) with files from the studio's own origin or
 * disk, the user's own file, and, for want of any, the CLIP of the run, marked for what it is. Errors:
 * 'evaluation-missing' (with what it takes to get one), 'evaluation-unsupported'.
 */
import { downloadFile, hashOf, unhindered, type LoadControl } from '../../clip/download';
import type { FrozenClip } from '../../clip/frozen';
import type { LoadIo } from '../../clip/loadIo';
import type { ClipModel } from '../../clip/model';
import {
  networkInput,
  openListedNetwork,
  openOwnNetwork,
  type FeatureNetwork,
  type OpenModel,
} from '../../metrics/featureNetwork';
import { parseNetworkManifest, type NetworkEntry, type NetworkManifest } from '../../metrics/networkManifest';
import { StudioError } from '../../shared/errors';

export type NetworkSource = { kind: 'manifest'; id: string } | { kind: 'file'; file: Blob };

export async function loadNetworkManifest(io: LoadIo): Promise<NetworkManifest> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  try {
    for await (const chunk of (await io.open('evaluation.json', 0)).chunks) chunks.push(chunk.slice());
  } catch (cause) {
    throw missing('The list of evaluation networks could not be read.', cause);
  }
  return parseNetworkManifest(await new Blob(chunks).text());
}

/** What a person is told who has no evaluation network: what it takes. */
export const evaluationOffer =
  'ResNet-50 (47 MB) is made once by `npm run evaluation-network`, which fetches 95 MB; or drop in an ONNX file of DINOv2 or of the Inception-v3 of the FID convention.';

function missing(what: string, cause: unknown): StudioError {
  const why = cause instanceof StudioError ? cause.info.why : cause instanceof Error ? cause.message : '';
  return new StudioError({ code: 'evaluation-missing', what, why, action: evaluationOffer }, { cause });
}

/** Opens a network; the caller closes it. @param onProgress bytes here, of bytes in all */
export async function openNetwork(
  source: NetworkSource,
  io: LoadIo,
  open: OpenModel,
  onProgress: (done: number, total: number) => void = () => undefined,
  control: LoadControl = unhindered,
): Promise<FeatureNetwork> {
  const manifest = await loadNetworkManifest(io);
  if (source.kind === 'file') {
    const bytes = new Uint8Array(await source.file.arrayBuffer());
    return openOwnNetwork(manifest, { bytes, hash: await hashOf(bytes) }, open);
  }
  const entry = manifest.entries.find(({ id }) => id === source.id);
  if (!entry) throw missing(`There is no evaluation network named ${source.id} in the list.`, null);
  const file = entry.files[0];
  if (!file) throw missing(`${entry.name} can only be used from your own file.`, null);
  return openListedNetwork(
    entry,
    { bytes: await fetched(entry, io, (done) => onProgress(done, file.bytes), control), hash: file.sha256 },
    open,
  );
}

async function fetched(
  { name, files }: NetworkEntry,
  io: LoadIo,
  onProgress: (bytes: number) => void,
  control: LoadControl,
): Promise<Uint8Array> {
  const file = files[0];
  if (!file) throw missing(`${name} has no file.`, null);
  try {
    return await downloadFile(file, io, onProgress, control);
  } catch (cause) {
    if (!(cause instanceof StudioError)) throw cause;
    throw missing(`The evaluation network ${name} is not here.`, cause);
  }
}

/**
 * The CLIP of a run as a judge, for want of a better one. Closing it is its owner's business.
 * @param trains whether it judges samples in training
 */
export function clipAsNetwork(
  model: ClipModel,
  frozen: Pick<FrozenClip, 'encodeImages'>,
  { trains = true } = {},
): FeatureNetwork {
  const bytes = (values: readonly [number, number, number]): [number, number, number] => [
    255 * values[0],
    255 * values[1],
    255 * values[2],
  ];
  const input = {
    inputSize: model.imageSize,
    channels: 'rgb' as const,
    mean: bytes(model.mean),
    std: bytes(model.std),
    filter: 'bicubic' as const,
    layout: 'planes' as const,
  };
  return {
    identity: {
      id: `clip:${model.id}`,
      name: `${model.name} (CLIP of this run)`,
      licence: 'that of the CLIP',
      hash: model.hash,
      dim: model.dim,
      inputSize: model.imageSize,
      independent: !trains,
      comparableWithInceptionFid: false,
      note: trains ? 'The same CLIP trains the model: only a rough guide.' : '',
    },
    recipe: `bicubic-${model.imageSize}-rgb`,
    features: (rgb, size) => frozen.encodeImages(networkInput(rgb, size, input)),
    close: () => Promise.resolve(),
  };
}
