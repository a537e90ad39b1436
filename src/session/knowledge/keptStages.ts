/**
 * What earlier runs found out about the same pictures. Inferred labels, clusters and prompts depend on what CLIP sees,
 * the labels, some of the settings and the seed, and on nothing of the networks that are to be trained: each result is
 * kept under a digest of all that its stage reads, and a run of another base model, length or batch takes it over, to
 * the bit as it would compute it.
 */
import { hashOf } from '../../clip/download';
import { digestOf, ResultCache } from '../../data/resultCache';
import { featureFolder } from '../../data/featureCache';
import { text } from '../../shared/text';
import { recipeOf } from '../clip/featureRecipe';
import type { OpenClip } from '../clip/openClip';
import type { EventPort, StorePort } from '../ports';
import type { ImportedDataset } from '../run/importDataset';
import type { Gate } from '../run/runControl';

/** Raised where a stage would give another result for the same input: `keptStages.test.ts` notices some of that. */
const recipes = { labels: 4, clusters: 1, prompts: 1 } as const;
type Stage = keyof typeof recipes;

const words: Record<Stage, string> = { labels: text('labels'), clusters: text('clusters'), prompts: text('prompts') };

export interface KeptStagesInput {
  ports: EventPort & StorePort;
  control: Gate;
  dataset: Pick<ImportedDataset, 'matte'>;
  clip: { model: Pick<OpenClip['model'], 'id' | 'hash' | 'dim' | 'imageSize' | 'mean' | 'std'> };
  /** Unit image features, [N, d]. */
  features: Float32Array;
}

export class KeptStages {
  private readonly cache: ResultCache;
  private readonly taken = new Set<Stage>();
  private readonly computed = new Set<Stage>();
  private digest: Promise<string> | null = null;

  constructor(private readonly input: KeptStagesInput) {
    const { ports, dataset, clip } = input;
    const { hash, dim } = clip.model;
    const folder = featureFolder({ clip: hash, recipe: recipeOf(clip.model, dataset.matte), dim });
    this.cache = new ResultCache(ports.store, folder);
  }

  /**
   * The result of an earlier run where there is one, else that of `compute`, which is kept. Rejects as `compute` does,
   * and at the gate: what a lost GPU left is not kept.
   * @param reads all that the result depends on, besides the features of the pictures; plain data (`pack`)
   */
  async recall<T>(stage: Stage, reads: object, compute: () => Promise<T>): Promise<T> {
    const { buffer, byteOffset, byteLength } = this.input.features;
    this.digest ??= hashOf(new Uint8Array(buffer, byteOffset, byteLength));
    const key = `${stage}-${await digestOf({ recipe: recipes[stage], features: await this.digest, reads })}`;
    const kept = (await this.cache.get(key)) as T | null;
    if (kept !== null) {
      this.taken.add(stage);
      return kept;
    }
    this.computed.add(stage);
    const result = await compute();
    await this.input.control.gate();
    await this.cache.put(key, result);
    return result;
  }

  /** Says what was taken over, if anything. */
  tell(): void {
    const names = [...this.taken].filter((stage) => !this.computed.has(stage));
    if (names.length === 0) return;
    const list = names.map((stage) => words[stage]).join(', ');
    const told = `These were found before, for the same pictures and settings, and are used again: ${list}.`;
    this.input.ports.emit({ type: 'notice', tone: 'info', code: 'knowledge-kept', text: told, action: '' });
  }
}
