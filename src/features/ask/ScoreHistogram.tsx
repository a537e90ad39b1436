/** How the scores of one text are spread over the pictures: bars for the eye, words and a table for everybody. */
import type { TextAnswer } from '../../session/clip/clipAnswer';
import { Disclosure } from '../../ui/Disclosure';
import { formatCount } from '../../ui/format';
import { formatScore } from './formatScore';

const height = 48;

export interface ScoreHistogramProps {
  text: TextAnswer;
  /** Ends of the scale: the lowest and the highest score of the whole answer. */
  from: number;
  to: number;
}

export function ScoreHistogram({ text, from, to }: ScoreHistogramProps) {
  const { counts, median } = text;
  const most = Math.max(1, ...counts);
  const edge = (bin: number): number => from + ((to - from) * bin) / counts.length;
  const middle = to > from ? ((median - from) / (to - from)) * counts.length : 0;
  return (
    <div className="grid gap-2">
      <h4 className="text-xs font-semibold text-muted">How the scores are spread</h4>
      <svg
        viewBox={`0 0 ${counts.length} ${height}`}
        preserveAspectRatio="none"
        className="h-16 w-full"
        role="img"
        aria-label={`Scores from ${formatScore(from)} to ${formatScore(to)}; half of the pictures lie below ${formatScore(median)}.`}
      >
        {counts.map((count, bin) => {
          // A bar of a few pictures among many thousands is still to be seen.
          const tall = count > 0 ? Math.max(1.5, (height * count) / most) : 0;
          return <rect key={bin} x={bin + 0.08} y={height - tall} width={0.84} height={tall} className="fill-accent" />;
        })}
        <line
          x1={middle}
          x2={middle}
          y1={0}
          y2={height}
          className="stroke-ink"
          strokeWidth={1.5}
          strokeDasharray="3 3"
          vectorEffect="non-scaling-stroke"
        />
      </svg>
      <p className="numeric flex justify-between gap-2 border-t border-line pt-1 text-xs text-muted">
        <span>{formatScore(from)}</span>
        <span>half lie below {formatScore(median)} (dashed)</span>
        <span>{formatScore(to)}</span>
      </p>
      <Disclosure summary={<span className="text-xs">Spread as a table</span>}>
        <table className="numeric w-full max-w-xs text-xs">
          <caption className="sr-only">Pictures by their score for “{text.text}”</caption>
          <thead>
            <tr className="text-start">
              <th scope="col" className="py-0.5 text-start font-semibold">
                Score
              </th>
              <th scope="col" className="py-0.5 text-end font-semibold">
                Pictures
              </th>
            </tr>
          </thead>
          <tbody>
            {counts.map((count, bin) => (
              <tr key={bin} className="border-t border-line">
                <th scope="row" className="py-0.5 text-start font-normal">
                  {formatScore(edge(bin))} to {formatScore(edge(bin + 1))}
                </th>
                <td className="py-0.5 text-end">{formatCount(count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Disclosure>
    </div>
  );
}
