/** The prompts phase: one learnt prompt a slot, through the text tower's twin, shown a few times on the way. */
import { hashOf } from '../../clip/download';
import { readableName } from '../../clip/zeroShot';
import { initialContext, mobility, movableFrom } from '../../lcp/prompts/promptStart';
import { PromptTrainer, type TrainedPrompts } from '../../lcp/prompts/promptTraining';
import type { PromptTargetSource } from '../../lcp/prompts/promptLoss';
import { tokenDeviation, usableDeviation } from '../../lcp/prompts/promptRate';
import { streams } from '../../lcp/training/streams';
import { tensor3d, tidy } from '../../gpu/tensor';
import type { RunConfig } from '../../shared/config';
import { CounterRandom } from '../../shared/rng';
import type { PromptView } from './clusterCards';
import type { KeptStages } from './keptStages';
import type { OpenClip, OpenText } from '../clip/openClip';
import type { ImportedDataset } from '../run/importDataset';
import type { EventPort } from '../ports';
import { ProgressMeter } from '../run/progressMeter';
import { rest, type Gate } from '../run/runControl';

/** CoOp's phrase, from which four vectors may start. */
const PHRASE = 'a photo of a';

export interface LearntPrompts extends TrainedPrompts {
  /** M. */
  contextLength: number;
  /** w. */
  width: number;
}

export interface LearnPromptsInput {
  ports: EventPort;
  control: Gate;
  config: RunConfig;
  dataset: ImportedDataset;
  clip: OpenClip;
  text: OpenText;
  features: Float32Array;
  source: PromptTargetSource;
  label: string;
  /** V to go on from, [S, M, w]; null starts anew. */
  from?: Float32Array | null;
  onShow: (view: PromptView) => void;
  /** Where prompts of earlier runs are found; absent where they are learnt in any case. */
  kept?: KeptStages | undefined;
}

/** Copies of the phrase that the check of a start tries. */
const tries = 32;
/** How often prompts are shown while they learn. */
const showings = 8;

/** Context vectors of a prompt: as configured, or fewer where those leave a class name too little room. */
function fittingLength({ config, text }: LearnPromptsInput): RunConfig['prompts']['contextLength'] {
  const nameRoom = 4;
  const { contextLength } = config.prompts;
  const frame = text.tokenizer.encodeWords('.').length + 2;
  return contextLength + nameRoom + frame > text.tokenizer.contextLength ? 4 : contextLength;
}

/** The start of V: the phrase where it fills the context and this CLIP lets it be moved, else noise alone. */
async function start(
  input: LearnPromptsInput,
  contextLength: number,
  deviation: number,
  name: readonly number[],
): Promise<Float32Array> {
  const { config, text, source } = input;
  const shape = { slotCount: source.slots.length, contextLength, width: text.twin.width };
  const ids = text.tokenizer.encodeWords(PHRASE);
  const phrase = ids.length === contextLength ? text.twin.tokenEmbedding(ids) : null;
  const live = phrase !== null && (await canMove(input, phrase, deviation, name));
  return initialContext(live ? phrase : null, shape, deviation, new CounterRandom(config.seed, streams.promptInit));
}

/** Whether noise on this start changes what the text tower makes of it. */
async function canMove(
  { ports, config, clip, text }: LearnPromptsInput,
  phrase: Float32Array,
  deviation: number,
  name: readonly number[],
): Promise<boolean> {
  const { width, dim } = text.twin;
  const contextLength = phrase.length / width;
  const random = new CounterRandom(config.seed, streams.promptStart);
  const copies = initialContext(phrase, { slotCount: tries, contextLength, width }, deviation, random);
  const names = Array.from({ length: tries }, () => name);
  const features = tidy(() => text.twin.encodeContext(tensor3d(copies, [tries, contextLength, width]), names));
  const moved = mobility((await features.data()) as Float32Array, dim);
  features.dispose();
  if (moved >= movableFrom) return true;
  ports.emit({
    type: 'notice',
    tone: 'info',
    code: 'prompts-start',
    text: `${clip.model.name} hardly tells “${PHRASE}” from the same words under noise (cosine ${(1 - moved).toFixed(4)}): prompts could not learn from there, and start from noise alone.`,
    action: '',
  });
  return false;
}

/** Learns them, or takes over those that an earlier run learnt from the same. */
export async function learnPrompts(input: LearnPromptsInput): Promise<LearntPrompts> {
  const { kept, clip, text, ports, label, onShow } = input;
  if (!kept || !clip.model.text) return train(input);
  let learning = false;
  const prompts = await kept.recall('prompts', await readByPrompts(input, clip.model.text), () => {
    learning = true;
    return train(input);
  });
  if (learning) return prompts;
  const meter = new ProgressMeter({ phase: 'prompts', label, unit: 'steps', total: 1 }, ports.emit);
  meter.update(1);
  onShow({ ...prompts, words: text.words });
  return prompts;
}

/** All that prompts are learnt from, besides the features of the pictures. @param tower the text tower's file */
async function readByPrompts(
  { config, dataset, clip, text, source, from = null }: LearnPromptsInput,
  tower: Uint8Array,
) {
  const { refreshKimg: _, ...prompts } = config.prompts;
  const { dim, logitScale, padToContext } = clip.model;
  const { tokenizer } = text;
  const { startId, endId, padId, contextLength } = tokenizer;
  return {
    prompts,
    seed: config.seed,
    source,
    from,
    clip: { dim, logitScale, padToContext, tower: await hashOf(tower) },
    tokens: {
      special: [startId, endId, padId],
      contextLength,
      classes: dataset.summary.classes.map((name) => tokenizer.encodeWords(readableName(name))),
      others: [PHRASE, '.'].map((words) => tokenizer.encodeWords(words)),
    },
  };
}

async function train(input: LearnPromptsInput): Promise<LearntPrompts> {
  const { ports, control, dataset, clip, text, features, source, label, from = null, onShow } = input;
  const contextLength = fittingLength(input);
  const config = { ...input.config.prompts, contextLength };
  const deviation = usableDeviation(tokenDeviation(text.twin.table.vectors));
  const names = dataset.summary.classes.map((name) => text.tokenizer.encodeWords(readableName(name)));
  const classTokens = source.slots.map(({ classIndex }) => names[classIndex] ?? []);
  const trainer = new PromptTrainer({
    ...source,
    config,
    seed: input.config.seed,
    encode: (context, first) => text.twin.encodeContext(context, classTokens.slice(first, first + context.shape[0])),
    contextWidth: text.twin.width,
    initialContext: from ?? (await start(input, contextLength, deviation, classTokens[0] ?? [])),
    features,
    dim: clip.model.dim,
    logitScale: clip.model.logitScale,
    deviation,
  });
  const view = (prompts: TrainedPrompts): PromptView => ({ ...prompts, contextLength, words: text.words });
  try {
    const { steps } = trainer.plan;
    const meter = new ProgressMeter({ phase: 'prompts', label, unit: 'steps', total: steps }, ports.emit);
    onShow(view(await trainer.read()));
    let shown = 0;
    const prompts = await trainer.train({
      onStep: async (done, total) => {
        meter.update(done, total);
        await rest(control, meter);
        if (done < total && done - shown >= total / showings) {
          shown = done;
          onShow(view(await trainer.read()));
        }
      },
    });
    onShow(view(prompts));
    return { ...prompts, contextLength, width: text.twin.width };
  } finally {
    trainer.dispose();
  }
}
