/** A folder of known classes as a CLIP sees it, for experiments that keep labels back. */
import { openFrozenClip, type FrozenClip } from '../clip/frozen';
import { loadClip } from '../clip/load';
import type { ClipModel } from '../clip/model';
import { computeFeatures } from '../session/clip/clipFeatures';
import { importDataset, type ImportedDataset } from '../session/run/importDataset';
import { RunControl } from '../session/run/runControl';
import type { SessionPorts } from '../session/sessionPorts';
import { readLabeledFolder } from './labeledFolder';
import type { ReadFolderOptions } from './readFolder';

export interface LabeledFeatures {
  /** Of which `labels` are the true classes. */
  dataset: ImportedDataset;
  classes: string[];
  /** Unit image features, [N, d]. */
  features: Float32Array;
  model: ClipModel;
  /** The caller closes it. */
  frozen: FrozenClip;
}

export interface LabeledFeaturesOptions {
  data: string;
  reading: ReadFolderOptions;
  /** True classes of pictures that lie in no class folder. */
  truth: string | undefined;
  /** Of models/manifest.json. */
  clip: string;
}

/** @throws StudioError where the folder, the truth file or the CLIP cannot be read */
export async function readLabeledFeatures(
  ports: SessionPorts,
  { data, reading, truth, clip }: LabeledFeaturesOptions,
): Promise<LabeledFeatures> {
  const folder = await readLabeledFolder(data, truth, reading);
  const source = { kind: 'manifest', id: clip } as const;
  const dataset = await importDataset(ports, folder.classes, folder.items, 32, new AbortController().signal, {
    clip: source,
    matte: reading.matte,
  });
  const model = await loadClip(source, ports.clipIo, () => undefined);
  const frozen = await openFrozenClip(model);
  const features = await computeFeatures(ports, model, frozen, dataset, new RunControl());
  console.log(
    `${data}: ${dataset.labels.length} pictures of ${folder.classes.length} classes, seen through ${model.name}.`,
  );
  return { dataset, classes: folder.classes, features, model, frozen };
}
