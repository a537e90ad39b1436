/**
 * Whether the learnt prompts carry anything (docs/method.md, section 8): they should recognise classes about as well as
 * label inference does, and tell a class's clusters apart. Limits are our own choice.
 */
import type { PromptQuality, Score } from '../../shared/domain';
import { percent, unknown, type HealthFinding, type HealthState } from './health';

/**
 * `classes`: accuracy over that of label inference. `clusters`: how much of the way from chance to always right.
 * `alike`: mean cosine of two prompts of one class, judged only where clusters are not told apart. `enough`: held-back
 * pictures to judge by; with fewer, pictures that took part in training are judged.
 */
export const promptThresholds = {
  classes: { act: 0.7, watch: 0.9 },
  clusters: { act: 0.25, watch: 0.5 },
  alike: 0.99,
  enough: 20,
} as const;

const remedy =
  'Conditions say little then. Choose a CLIP that knows your subjects, or more prompt epochs; or let the mean of a cluster’s pictures stand for it (Research: Prompts, “Pictures”).';

const share = ({ right, count }: Score): number => right / count;

/** Standard error of a share, not below that of one picture more or less. */
function deviation({ right, count }: Score): number {
  const p = (right + 1) / (count + 2);
  return Math.sqrt((p * (1 - p)) / count);
}

/** @param quality null where no prompts were learnt */
export function checkPrompts(quality: PromptQuality | null): HealthFinding {
  if (!quality) return unknown('prompts', 'This run learns no prompts.');
  const { trained, heldBack, probe } = quality;
  const isHeldBack = (heldBack?.count ?? 0) >= promptThresholds.enough || !trained;
  const judged = isHeldBack ? heldBack : trained;
  if (!judged) return unknown('prompts', 'There is no labeled picture to try the prompts on.');
  const which = isHeldBack ? 'labeled pictures that were held back from them' : 'labeled pictures they were trained on';
  const beside = probe === null ? '' : `, label inference ${percent(probe)} of those held out from it`;
  const clusters = clusterFinding(quality);
  const state = worst(classState(judged, probe), clusters.state);
  return {
    code: 'prompts',
    state,
    value: share(judged),
    text: `The learnt prompts recognise ${percent(share(judged))} of the ${which}${beside}.${clusters.text}`,
    action: state === 'fine' ? '' : remedy,
  };
}

function classState(judged: Score, probe: number | null): HealthState {
  if (probe === null || probe <= 0) return 'fine';
  const { act, watch } = promptThresholds.classes;
  // A shortfall counts only beyond what so few pictures say anyway.
  const most = (share(judged) + 2 * deviation(judged)) / probe;
  return most < act ? 'act' : most < watch ? 'watch' : 'fine';
}

function clusterFinding({ withinClass, siblings }: PromptQuality): { state: HealthState; text: string } {
  const alike = siblings !== null && siblings >= promptThresholds.alike;
  const near = alike ? ` Prompts of one class are nearly the same (cosine ${siblings.toFixed(3)}).` : '';
  if (!withinClass) return { state: alike ? 'act' : 'fine', text: near };
  const { chance, count } = withinClass;
  const text = ` Within a class they find the right cluster for ${percent(share(withinClass))} of ${count} held-back pictures; naming the most frequent one would for ${percent(chance)}.`;
  if (chance >= 1) return { state: 'fine', text };
  const { act, watch } = promptThresholds.clusters;
  const gained = (share(withinClass) + 2 * deviation(withinClass) - chance) / (1 - chance);
  const state = gained < act ? 'act' : gained < watch ? 'watch' : 'fine';
  return { state, text: state === 'fine' ? text : text + near };
}

function worst(a: HealthState, b: HealthState): HealthState {
  const order: HealthState[] = ['fine', 'watch', 'act'];
  return order.indexOf(a) >= order.indexOf(b) ? a : b;
}
