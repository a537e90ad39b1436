/** How a prompt has changed each time that it was learnt on: by how much, and what its words were. Newest first. */
import type { ClusterCard } from '../../shared/domain';
import { formatCount } from '../../ui/format';

const degrees = (value: number): string => `${value < 10 ? value.toFixed(1) : Math.round(value)}°`;

export function PromptHistory({ history }: Pick<ClusterCard, 'history'>) {
  const newest = history.at(-1);
  if (!newest) return null;
  return (
    <section aria-label="History of the prompt" className="grid gap-1 border-t border-line pt-2">
      <p className="text-muted">
        {history.length > 1
          ? 'How far it turned each time that it was learnt on, and its words then.'
          : 'It has been learnt once. It is learnt on at each tenth of the run, and listed here.'}
        {newest.apart !== null && ` The nearest other prompt is ${degrees(newest.apart)} away.`}
      </p>
      <ol className="grid gap-1">
        {history.toReversed().map(({ iteration, words, nearest, turned }) => (
          <li key={iteration} className="grid grid-cols-[minmax(4rem,auto)_3rem_minmax(0,1fr)] gap-2">
            <span className="numeric text-muted">
              {iteration === 0 ? 'Beginning' : `Iteration ${formatCount(iteration)}`}
            </span>
            <span className="numeric text-end">{turned === null ? '–' : degrees(turned)}</span>
            <span className="break-words">
              {words.length > 0 ? words.join(', ') : `no word; nearest: ${nearest.join(' ')}`}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
