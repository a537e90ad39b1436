/** A grid of samples that are mixed: its rows' shapes with its columns' details, of generators that have styles. */
import { Dices } from 'lucide-react';
import type { StyleCut } from '../../lcp/bases/baseFacts';
import type { GeneratorFacts } from '../../session/playground/drawn';
import type { StyleMixing, Wish } from '../../state/playground';
import { Button } from '../../ui/Button';
import { Segmented } from '../../ui/Segmented';
import { Switch } from '../../ui/Switch';
import { ConditionSelect } from './ConditionSelect';

export interface StyleMixProps {
  facts: GeneratorFacts;
  cuts: readonly StyleCut[];
  wish: Wish;
  change: (changes: Partial<Wish>) => void;
}

/** The seed of the first columns: far from those that rows come to. */
const firstColumns = 1_000_001;

export function StyleMix({ facts, cuts, wish, change }: StyleMixProps) {
  const { mixing, from } = wish;
  const middle = Math.floor(cuts.length / 2);
  const set = (changes: Partial<StyleMixing>) => mixing && change({ mixing: { ...mixing, ...changes } });
  return (
    <section aria-label="Mix two samples" className="grid gap-3 border-t border-line pt-3">
      <Switch
        label="Mix two samples"
        help="A grid: each picture begins as the sample at its left and goes on as the sample above it."
        isSelected={mixing !== null}
        onChange={(on) => change({ mixing: on ? { cut: middle, seed: firstColumns, show: from } : null })}
      />
      {mixing && (
        <>
          <div className="grid gap-1">
            <p className="text-sm font-medium">Columns bring</p>
            <Segmented
              label="Columns bring"
              options={cuts.map(({ name }, i) => ({ value: String(i), label: name }))}
              value={String(mixing.cut)}
              onChange={(cut) => set({ cut: Number(cut) })}
            />
            <p className="text-xs text-muted">{cuts[mixing.cut]?.text}</p>
          </div>
          <ConditionSelect label="Columns show" facts={facts} value={mixing.show} onChange={(show) => set({ show })} />
          <div className="flex flex-wrap gap-2">
            <Button size="small" icon={Dices} onPress={() => change({ seed: wish.seed + 1 })}>
              Other rows
            </Button>
            <Button size="small" icon={Dices} onPress={() => set({ seed: mixing.seed + 1 })}>
              Other columns
            </Button>
          </div>
        </>
      )}
    </section>
  );
}
