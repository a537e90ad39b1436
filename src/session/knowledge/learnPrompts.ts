/** The prompts phase: one learnt prompt a slot, through the text tower's twin, shown after every epoch. */
import { readableName } from '../../clip/zeroShot';
import { initialContext, PromptTrainer, type TrainedPrompts } from '../../lcp/prompts/promptTraining';
import type { PromptTargetSource } from '../../lcp/prompts/promptLoss';
import { promptRateScale, tokenDeviation } from '../../lcp/prompts/promptRate';
import { streams } from '../../lcp/training/streams';
import type { RunConfig } from '../../shared/config';
import { CounterRandom } from '../../shared/rng';
import type { PromptView } from './clusterCards';
import type { OpenClip, OpenText } from '../clip/openClip';
import type { ImportedDataset } from '../run/importDataset';
import type { EventPort } from '../ports';
import { ProgressMeter } from '../run/progressMeter';
import { rest, type Gate } from '../run/runControl';

/** CoOp's phrase, from which four vectors start. */
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
  onEpoch: (view: PromptView) => void;
}

/** The start of V: the phrase where it fills the context, noise alone where there is room for more (16 vectors). */
function start({ config, text, source }: LearnPromptsInput): Float32Array {
  const { contextLength } = config.prompts;
  const ids = text.tokenizer.encodeWords(PHRASE);
  const phrase = ids.length === contextLength ? text.twin.tokenEmbedding(ids) : null;
  const random = new CounterRandom(config.seed, streams.promptInit);
  return initialContext(phrase, source.slots.length, contextLength, text.twin.width, random);
}

export async function learnPrompts(input: LearnPromptsInput): Promise<LearntPrompts> {
  const { ports, control, config, dataset, clip, text, features, source, label, from = null, onEpoch } = input;
  const { contextLength } = config.prompts;
  const names = dataset.summary.classes.map((name) => text.tokenizer.encodeWords(readableName(name)));
  const classTokens = source.slots.map(({ classIndex }) => names[classIndex] ?? []);
  const trainer = new PromptTrainer({
    ...source,
    config: config.prompts,
    seed: config.seed,
    encode: (context, first) => text.twin.encodeContext(context, classTokens.slice(first, first + context.shape[0])),
    contextWidth: text.twin.width,
    initialContext: from ?? start(input),
    features,
    dim: clip.model.dim,
    logitScale: clip.model.logitScale,
    rateScale: promptRateScale(clip.model.logitScale, tokenDeviation(text.twin.table.vectors)),
  });
  const view = (prompts: TrainedPrompts): PromptView => ({ ...prompts, contextLength, words: text.words });
  try {
    const meter = new ProgressMeter(
      { phase: 'prompts', label, unit: 'steps', total: config.prompts.epochs * trainer.stepsPerEpoch },
      ports.emit,
    );
    onEpoch(view(await trainer.read()));
    const prompts = await trainer.train({
      onEpoch: async () => onEpoch(view(await trainer.read())),
      onStep: async (done, total) => {
        meter.update(done, total);
        await rest(control, meter);
      },
    });
    return { ...prompts, contextLength, width: text.twin.width };
  } finally {
    trainer.dispose();
  }
}
