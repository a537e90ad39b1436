/**
 * CLIP's answer: which of several texts fits how many pictures best, and for one of them the pictures that fit best and
 * least, and what a score is worth.
 */
import type { Hit, TextAnswer, ClipAnswer } from '../../session/clip/clipAnswer';
import { imageFile } from '../../state/studioState';
import { useStudio, useStudioState } from '../../state/studioContext';
import { ClassMark } from '../../ui/ClassMark';
import { formatCount, formatShare, plural } from '../../ui/format';
import { Message } from '../../ui/Message';
import { Thumbnail } from '../../ui/Thumbnail';
import { formatScore } from './formatScore';
import { ScoreHistogram } from './ScoreHistogram';

function ClassLine({ hit }: { hit: Hit }) {
  const name = useStudioState((state) => state.dataset?.classes[hit.classIndex]);
  if (name === undefined) return <span className="text-muted">class not known yet</span>;
  return (
    <>
      <span className="flex min-w-0 items-center gap-1">
        <ClassMark classIndex={hit.classIndex} />
        <span className="truncate" title={name}>
          {name}
        </span>
      </span>
      {!hit.given && <span className="text-muted">inferred</span>}
    </>
  );
}

function Pictures({ title, hits, columns }: { title: string; hits: readonly Hit[]; columns: string }) {
  const studio = useStudio();
  if (hits.length === 0) return null;
  return (
    <section aria-label={title} className="grid min-w-0 gap-2">
      <h4 className="text-xs font-semibold text-muted">{title}</h4>
      <ol className={`grid grid-cols-3 gap-x-2 gap-y-3 ${columns}`}>
        {hits.map((hit) => {
          const file = imageFile(studio.state, hit.image);
          return (
            <li key={hit.image} className="grid min-w-0 content-start gap-1 text-xs" title={file?.name}>
              {file && <Thumbnail file={file} alt={file.name} className="w-full" />}
              <span className="numeric font-semibold">{formatScore(hit.score)}</span>
              <ClassLine hit={hit} />
            </li>
          );
        })}
      </ol>
    </section>
  );
}

interface ChoiceProps {
  scores: ClipAnswer;
  selected: TextAnswer;
  onSelect: (index: number) => void;
}

/** Pictures by the text that fits them best. A text is pressed to see its pictures. */
function Shares({ scores, selected, onSelect }: ChoiceProps) {
  const most = Math.max(1, ...scores.texts.map(({ won }) => won));
  return (
    <div className="grid gap-2">
      <h3 className="text-sm font-semibold">Each picture, by the text that fits it best</h3>
      <table className="w-full table-fixed text-sm">
        <caption className="sr-only">
          Pictures by the text that fits them best; press a text to see its pictures
        </caption>
        <thead className="text-xs text-muted">
          <tr>
            <th scope="col" className="py-1 text-start font-semibold">
              Text
            </th>
            <th scope="col" className="w-40 py-1 text-end font-semibold sm:w-64">
              Pictures
            </th>
          </tr>
        </thead>
        <tbody>
          {scores.texts.map((each, t) => (
            <tr key={each.text} className="border-t border-line">
              <th scope="row" className="py-0.5 pe-2 text-start font-normal">
                <button
                  type="button"
                  aria-pressed={each === selected}
                  onClick={() => onSelect(t)}
                  title={each.text}
                  className={`block min-h-8 max-w-full truncate rounded-control px-2 text-start hover:bg-sunken ${each === selected ? 'bg-accent-soft font-semibold' : ''}`}
                >
                  {each.text}
                </button>
              </th>
              <td className="numeric py-0.5 text-end text-xs">
                <span
                  aria-hidden
                  className="me-3 inline-block h-1.5 w-12 overflow-hidden rounded-full bg-sunken align-middle sm:w-32"
                >
                  <span className="block h-full bg-accent" style={{ width: `${(100 * each.won) / most}%` }} />
                </span>
                <span className="inline-block min-w-20">
                  {formatCount(each.won)} ({formatShare(each.won / scores.pictures)})
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Meaning({ clip, standIn, pictures, texts }: ClipAnswer) {
  return (
    <div className="grid gap-1 border-t border-line pt-3 text-xs text-muted">
      <p>
        A score is the cosine between what {clip} makes of the text and of a picture. It tells which of your{' '}
        {plural(pictures, 'picture')} fits better, not whether one fits: some always come first, even where none shows
        what you typed.
      </p>
      {texts.length > 1 && (
        <p>
          Some texts score higher than others on every picture, and then win more of them than they should. Texts of one
          form, such as “a photo of a cat” and “a photo of a dog”, compare best.
        </p>
      )}
      {standIn && (
        <p>
          {clip} is small and knows few words. Words that it does not know are put in an order all the same, and that
          order then means little. OpenAI CLIP ViT-B/32 knows far more: choose it before a run.
        </p>
      )}
    </div>
  );
}

export function AskResult({
  scores,
  selected,
  onSelect,
}: {
  scores: ClipAnswer;
  selected: number;
  onSelect: (index: number) => void;
}) {
  const text = scores.texts[selected] ?? scores.texts[0];
  if (!text) return null;
  return (
    <div className="grid min-w-0 gap-5" data-testid="scores">
      {scores.texts.length > 1 && <Shares scores={scores} selected={text} onSelect={onSelect} />}
      <section aria-label={`Pictures for ${text.text}`} className="grid min-w-0 gap-4">
        <h3 className="text-sm font-semibold wrap-anywhere line-clamp-3">“{text.text}”</h3>
        {text.read !== null && (
          <Message
            tone="warning"
            text="This text is too long for this CLIP: the rest of it was not read."
            why={`It read “${text.read}”.`}
            action="Say it in fewer words."
          />
        )}
        <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)] lg:gap-8">
          <Pictures title="Fits best" hits={text.best} columns="sm:grid-cols-6" />
          <div className="grid min-w-0 gap-5">
            <ScoreHistogram text={text} from={scores.from} to={scores.to} />
            <Pictures title="Fits least" hits={text.worst} columns="sm:grid-cols-6 lg:grid-cols-3" />
          </div>
        </div>
      </section>
      <Meaning {...scores} />
    </div>
  );
}
