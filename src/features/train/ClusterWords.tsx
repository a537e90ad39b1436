/**
 * What sets a cluster apart in words, each with a bar for how far, and whether its learnt prompt says so too; or that
 * nothing in the vocabulary does. What lies nearest to the prompt's raw vectors is behind "Its prompt", with its caution and how it
 * came about.
 */
import { Check } from 'lucide-react';
import type { ClusterCard, ClusterWord } from '../../shared/domain';
import { Disclosure } from '../../ui/Disclosure';
import { PromptHistory } from './PromptHistory';

/** An effect that fills the bar: hardly any picture of the siblings fits the word as well as a typical own one. */
const fullEffect = 3;
const nearestShown = 3;

function WordRow({ word, effect, agrees }: ClusterWord) {
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_4rem_2rem_1rem] items-center gap-2">
      <span className="truncate" title={word}>
        {word}
      </span>
      <span aria-hidden className="block h-1.5 overflow-hidden rounded-full bg-sunken">
        <span
          className="block h-full rounded-full bg-accent"
          style={{ width: `${Math.min(100, (100 * effect) / fullEffect)}%` }}
        />
      </span>
      <span className="numeric text-end text-xs text-muted">
        <span className="sr-only">ahead by </span>
        {effect.toFixed(1)}
      </span>
      {agrees === true ? (
        <span title="Its learnt prompt says so too">
          <Check className="size-4 text-accent" aria-hidden />
          <span className="sr-only">, its prompt agrees</span>
        </span>
      ) : (
        <span />
      )}
    </li>
  );
}

/** The words to put beside a cluster's number; empty where there are none. */
export function shortWords({ words }: Pick<ClusterCard, 'words'>): string {
  return (words?.words ?? [])
    .slice(0, 2)
    .map(({ word }) => word)
    .join(', ');
}

export function ClusterWords({ cluster }: { cluster: ClusterCard }) {
  const { words, className } = cluster;
  if (!words) return null;
  const others = words.against === 'siblings' ? `other clusters of ${className}` : 'other classes';
  if (words.words.length === 0)
    return (
      <p className="text-sm text-muted">
        {words.few
          ? 'Too few of its pictures are trusted to say what tells it apart.'
          : `Nothing in CLIP’s vocabulary tells it apart from the ${others}.`}
      </p>
    );
  return (
    <div className="grid gap-1.5">
      <p className="text-xs text-muted">{`Unlike the ${others}:`}</p>
      <ul className="grid gap-1 text-sm" aria-label={`Words that set it apart from the ${others}`}>
        {words.words.map((found) => (
          <WordRow key={found.word} {...found} />
        ))}
      </ul>
    </div>
  );
}

/** The prompt's side: its cosine with the pictures, and the words nearest to each of its vectors. */
export function PromptDetails({ cluster }: { cluster: ClusterCard }) {
  const { context, promptCosine } = cluster;
  if (context.length === 0 && promptCosine === null) return null;
  return (
    <Disclosure summary="Its prompt" className="mt-auto border-t border-line pt-2">
      <div className="grid gap-2 text-xs">
        {promptCosine !== null && (
          <p className="flex justify-between gap-2 text-muted">
            <span>Prompt against pictures, cosine</span>
            <span className="numeric text-ink">{promptCosine.toFixed(3)}</span>
          </p>
        )}
        {context.length > 0 && (
          <>
            <p className="text-muted">
              The words nearest to each vector of the learnt prompt, with their distance. A prompt is learnt for what it
              does, and need not read as language.
            </p>
            <ol className="flex flex-wrap gap-1" aria-label="Nearest words to each learnt vector">
              {context.map((nearest, i) => (
                <li key={i} className="rounded-[0.375rem] bg-sunken px-1.5 py-0.5">
                  {nearest.slice(0, nearestShown).map(({ word, distance }) => (
                    <span key={word} className="block whitespace-nowrap">
                      <span className="font-mono">{word}</span>{' '}
                      <span className="numeric text-muted">{distance.toFixed(2)}</span>
                    </span>
                  ))}
                </li>
              ))}
            </ol>
          </>
        )}
        <PromptHistory history={cluster.history} />
      </div>
    </Disclosure>
  );
}
