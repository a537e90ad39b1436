/**
 * One lesson of prompts outside a run: clusters and prompts from inferred labels, as a run makes them with a preset's
 * settings, and what the prompts say of every picture.
 */
import type { LabelInference } from '../lcp/labels/labelInference';
import { partitionClasses } from '../lcp/partition/softPartition';
import { relabelFromPrompts } from '../lcp/prompts/promptRelabel';
import type { OpenClip } from '../session/clip/openClip';
import { learnPrompts } from '../session/knowledge/learnPrompts';
import { judge, withoutHeldBack } from '../session/knowledge/promptReport';
import { strongestClasses } from '../session/knowledge/strongestClasses';
import type { Event } from '../session/protocol/events';
import type { ImportedDataset } from '../session/run/importDataset';
import { RunControl } from '../session/run/runControl';
import { presets, type RunConfig } from '../shared/config';
import type { PromptQuality } from '../shared/domain';
import { nodePorts } from './nodePorts';

export interface PromptTrial {
  clip: OpenClip;
  /** Of which `labels` takes the place of its own. */
  dataset: ImportedDataset;
  labels: Int32Array<ArrayBuffer>;
  /** Unit image features, [N, d]. */
  features: Float32Array;
  inference: LabelInference;
  seed: number;
  /** Default: the preset "tiny". */
  config?: RunConfig;
  emit?: (event: Event) => void;
}

export interface PromptTrialResult extends PromptQuality {
  /** p(c|x) by the prompts, [N, C]; one-hot for labeled pictures. */
  probabilities: Float32Array;
}

export async function tryPrompts(trial: PromptTrial): Promise<PromptTrialResult> {
  const { clip, labels, features, inference, seed } = trial;
  const { text, model } = clip;
  if (!text) throw new Error(`${model.name} has no text tower`);
  const dataset = { ...trial.dataset, labels };
  const config = { ...(trial.config ?? presets.tiny), seed };
  const { probabilities, trust } = inference;
  const classCount = dataset.summary.classes.length;
  const known = { features, d: model.dim, labels, classCount, probabilities, trust };
  const { clustersPerClass, ...perCluster } = config.partition;
  const partition = partitionClasses({
    ...known,
    ...perCluster,
    ...(clustersPerClass > 0 ? { clustersPerClass } : {}),
    seed,
  });
  const { slots, slotsOfClass, memberships } = partition;
  const source = { classIndex: strongestClasses(dataset, probabilities), trust, memberships, slots };
  const prompts = await learnPrompts({
    ports: nodePorts(trial.emit ?? (() => undefined)),
    control: new RunControl(),
    config,
    dataset,
    clip,
    text,
    features,
    source: withoutHeldBack(source, labels, seed),
    label: 'Learning prompts',
    onShow: () => undefined,
  });
  const promptFeatures = prompts.features;
  const { logitScale } = model;
  const quality = judge({ dataset, clip, config }, { features, inference, partition, prompts, promptFeatures });
  const answers = relabelFromPrompts({
    features,
    d: model.dim,
    labels,
    promptFeatures,
    slotsOfClass,
    logitScale,
    summary: inference.summary,
  });
  return { ...quality, probabilities: answers.probabilities };
}
