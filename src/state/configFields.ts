/**
 * The fields of a configuration that the Advanced panel edits: those of all base models, and the chosen one's own. The
 * rules for values are those of `runConfigSchema`; nothing is checked twice.
 */
import * as v from 'valibot';
import { baseFacts } from '../lcp/bases/facts';
import type { BaseOutline } from '../lcp/bases/baseFacts';
import { namedConfig, presets, runConfigSchema, type PresetId, type RunConfig } from '../shared/config';
import { choice, number, plain, toggle, type ConfigField } from '../shared/configField';

export type FieldValue = number | boolean | string;

export interface FieldGroup {
  title: string;
  fields: readonly ConfigField[];
}

const groupsOf = ({ fields, resolutions }: BaseOutline): readonly FieldGroup[] => [
  {
    title: 'Run',
    fields: [
      number('kimg', 'Length', 'Thousands of real pictures shown to the discriminator.', 'kimg'),
      number('batch', 'Batch', 'Pictures in one step of a network.', 'pictures'),
      number(
        'discriminatorSteps',
        'Discriminator steps',
        'Updates of the discriminator for each update of the generator.',
      ),
      number('seed', 'Seed', 'The same seed gives the same run on the same machine.'),
      number('sampleColumns', 'Sample columns', 'Fixed seeds shown in the sample grid.'),
    ],
  },
  {
    title: 'Networks',
    fields: [
      choice(
        'resolution',
        'Resolution',
        plain(resolutions),
        'Side of the pictures in pixels. Twice the side takes about five times the time and memory; pictures are read again.',
      ),
      ...fields.networks,
    ],
  },
  {
    title: 'Optimizer',
    fields: [
      ...fields.optimizer,
      number('ema.halfLifeKimg', 'Averaging half-life', 'Samples come from a moving average of the generator.', 'kimg'),
    ],
  },
  {
    title: 'Clusters and prompts',
    fields: [
      number(
        'partition.imagesPerCluster',
        'Pictures for one cluster',
        'A class is divided into one cluster for so many of its pictures.',
        'pictures',
      ),
      number('partition.maxClusters', 'Most clusters in a class'),
      number('partition.clustersPerClass', 'Clusters in every class', '0 lets the number of pictures decide.'),
      choice('prompts.contextLength', 'Learnt words in a prompt', plain([4, 16]), 'More words tell finer differences.'),
      choice(
        'prompts.recipe',
        'How prompts learn',
        [
          { value: 'adam', label: 'Adam' },
          { value: 'coop', label: 'SGD, as in CoOp' },
        ],
        'Adam needs far fewer steps.',
      ),
      number('prompts.epochs', 'Prompt epochs', '0 makes as many as it takes.'),
      number('prompts.adamRate', 'Prompt learning rate of Adam', 'In deviations of the CLIP’s token vectors.'),
      number('prompts.rate', 'Prompt learning rate of SGD', 'For OpenAI’s CLIP; scaled to the CLIP in use.'),
      number(
        'prompts.refreshKimg',
        'Refresh labels and prompts',
        'Labels, clusters and prompts are gone through anew every so often. 0 does it before training only.',
        'kimg',
      ),
      number('clipHead.weight', 'Weight of the CLIP critic', '0 trains without it.'),
      choice(
        'clipHead.tokenHeads',
        'Parts of samples are judged through',
        [
          { value: 'eyes', label: 'The CLIP that sees' },
          { value: 'critic', label: 'The CLIP that judges' },
          { value: 'none', label: 'None' },
        ],
        'Sharper shapes sooner, for more time an iteration. A transformer is looked into from 64 px on.',
      ),
    ],
  },
  {
    title: 'Augmentation',
    fields: [
      choice(
        'augment.mode',
        'Kind',
        [
          { value: 'diffAugment', label: 'Fixed' },
          { value: 'ada', label: 'Adaptive' },
          { value: 'none', label: 'None' },
        ],
        'Fixed uses the switches below; it suits fewer than 1,000 pictures. Adaptive (ADA) uses as much as the discriminator over-fits.',
      ),
      number(
        'augment.adaTarget',
        'Adaptive: target',
        'Mean sign of the discriminator on real pictures that is steered to.',
      ),
      number('augment.adaKimg', 'Adaptive: speed', 'Time in which it may go from nothing to everything.', 'kimg'),
      toggle('augment.color', 'Color', 'Brightness, saturation and contrast.'),
      toggle('augment.translation', 'Translation', 'Shifts by up to an eighth.'),
      toggle('augment.cutout', 'Cutout', 'Hides a square of half the size.'),
      toggle('augment.horizontalFlip', 'Mirror', 'Leave off where left and right matter, as in letters.'),
      number('augment.consistency', 'Consistency weight', '0 turns it off.'),
    ],
  },
  {
    title: 'Research: ablations',
    fields: [
      toggle('ablation.labeledOnly', 'Labeled pictures only', 'Unlabeled pictures take no part at all.'),
      choice(
        'ablation.conditions',
        'Conditions',
        [
          { value: 'soft', label: 'Soft' },
          { value: 'oneHot', label: 'One cluster each' },
        ],
        'Whether a picture may belong to several clusters.',
      ),
      choice(
        'ablation.prompts',
        'Prompts',
        [
          { value: 'clusters', label: 'Clusters' },
          { value: 'classes', label: 'Classes' },
          { value: 'imageCentroids', label: 'Pictures' },
        ],
        'Learnt for clusters, learnt for classes, or the mean of a cluster’s pictures instead.',
      ),
      toggle(
        'ablation.conditionFromStart',
        'Conditions from the start',
        'No ramp: classes and clusters count from the first step.',
      ),
      toggle(
        'ablation.jointLogit',
        'One joint logit',
        'The discriminator judges picture and condition together, as a plain conditional GAN does.',
      ),
    ],
  },
];

/** The panel's fields for a configuration's base model. */
export function fieldGroups(config: Pick<RunConfig, 'base'>): readonly FieldGroup[] {
  return groupsOf(baseFacts(config));
}

export function allFields(config: Pick<RunConfig, 'base'>): readonly ConfigField[] {
  return fieldGroups(config).flatMap(({ fields }) => fields);
}

/** The value at a field's path; undefined where the configuration's base model has no such field. */
export function readField(config: RunConfig, path: string): FieldValue | undefined {
  let node: unknown = config;
  for (const key of path.split('.')) node = (node as Record<string, unknown> | undefined)?.[key];
  return node as FieldValue | undefined;
}

function withField(node: Record<string, unknown>, keys: readonly string[], value: FieldValue): Record<string, unknown> {
  const [key = '', ...rest] = keys;
  return { ...node, [key]: rest.length === 0 ? value : withField(node[key] as Record<string, unknown>, rest, value) };
}

export type FieldEdit = { ok: true; config: RunConfig } | { ok: false; message: string };

/**
 * The configuration with one field changed, or why the value will not do. `preset` becomes `custom` where the result
 * differs from it.
 */
export function editField(config: RunConfig, preset: PresetId, path: string, value: FieldValue): FieldEdit {
  const edited = v.safeParse(runConfigSchema, withField(config, path.split('.'), value));
  if (!edited.success) return { ok: false, message: explain(edited.issues[0]) };
  const custom = changedFields(edited.output, preset).length > 0;
  return { ok: true, config: namedConfig(edited.output, custom ? 'custom' : preset) };
}

/** Reads a number as typed; an empty or malformed text is null. */
export function parseNumber(text: string): number | null {
  const trimmed = text.trim().replaceAll(',', '').replaceAll(/\s|_/g, '');
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(trimmed) ? Number(trimmed) : null;
}

/** Paths whose value differs from the preset's. */
export function changedFields(config: RunConfig, preset: PresetId): string[] {
  return allFields(config)
    .filter(({ path }) => readField(config, path) !== readField(presets[preset], path))
    .map(({ path }) => path);
}

/** The preset that a configuration comes from or, where it is not told, the one of its base model that it is most like. */
export function presetOf(config: RunConfig): PresetId {
  if (config.preset !== 'custom') return config.preset;
  const ids = (Object.keys(presets) as PresetId[]).filter((id) => presets[id].base === config.base);
  const [nearest = 'tiny'] = ids.toSorted((a, b) => changedFields(config, a).length - changedFields(config, b).length);
  return nearest;
}

function explain(issue: v.BaseIssue<unknown>): string {
  const requirement = 'requirement' in issue ? String(issue.requirement) : '';
  switch (issue.type) {
    case 'integer':
      return 'A whole number, please.';
    case 'min_value':
      return `At least ${requirement}.`;
    case 'max_value':
      return `At most ${requirement}.`;
    case 'gt_value':
      return `More than ${requirement}.`;
    case 'multiple_of':
      return `A multiple of ${requirement}.`;
    case 'picklist':
      return 'Choose one of the values offered.';
    default:
      return 'A number, please.';
  }
}
