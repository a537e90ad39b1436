/**
 * The classes of a data set with how many labels each has and a few of its pictures; pictures without a label come
 * last.
 */
import { useMemo, useState } from 'react';
import { filesOfItems } from '../../data/imageMap';
import { UNLABELED } from '../../shared/domain';
import type { Source } from '../../state/studioState';
import { useStudioState } from '../../state/studioContext';
import { Button } from '../../ui/Button';
import { classColor } from '../../ui/classColor';
import { ClassMark } from '../../ui/ClassMark';
import { formatCount } from '../../ui/format';
import { Thumbnail } from '../../ui/Thumbnail';

const thumbs = 14;
const shownAtFirst = 24;

/** The first few files of each class; the unlabeled ones under UNLABELED. */
function examplesOf({ reading, files }: Source): Map<number, File[]> {
  const examples = new Map<number, File[]>();
  for (const {
    item: { label },
    file: { file },
  } of filesOfItems(files, reading.items)) {
    const list = examples.get(label) ?? [];
    if (list.length >= thumbs) continue;
    list.push(file);
    examples.set(label, list);
  }
  return examples;
}

interface RowProps {
  name: string;
  classIndex: number | null;
  count: number;
  largest: number;
  files: readonly File[];
}

function Row({ name, classIndex, count, largest, files }: RowProps) {
  return (
    <tr className="border-t border-line">
      <th scope="row" className="py-2 pe-4 text-start font-medium wrap-anywhere">
        <span className="flex min-w-24 items-center gap-2">
          {classIndex === null ? (
            <span aria-hidden className="inline-block size-2.5 rounded-[3px] border border-line-strong" />
          ) : (
            <ClassMark classIndex={classIndex} />
          )}
          {name}
        </span>
      </th>
      <td className="numeric py-2 pe-4 text-end whitespace-nowrap">
        {formatCount(count)}
        {classIndex !== null && (
          <span aria-hidden className="mt-1 ms-auto block h-1 w-16 overflow-hidden rounded-full bg-sunken">
            <span
              className="block h-full rounded-full"
              style={{ width: `${(100 * count) / largest}%`, background: classColor(classIndex) }}
            />
          </span>
        )}
      </td>
      <td className="hidden py-2 sm:table-cell">
        {/* As many as fit in one line. */}
        <span className="flex h-10 flex-wrap gap-1 overflow-hidden">
          {files.map((file, i) => (
            <Thumbnail key={i} file={file} alt="" className="size-10" />
          ))}
        </span>
      </td>
    </tr>
  );
}

export function ClassTable() {
  const source = useStudioState((state) => state.source);
  const dataset = useStudioState((state) => state.dataset);
  const [all, setAll] = useState(false);
  const examples = useMemo(() => (source ? examplesOf(source) : new Map<number, File[]>()), [source]);
  if (!source) return null;
  // Classes that were added since stand behind those of the drop.
  const classes = dataset?.classes ?? source.reading.classes;
  const labeled = dataset?.labeledPerClass ?? source.reading.labeledPerClass;
  const unlabeled = dataset?.unlabeledCount ?? source.reading.unlabeledCount;
  const largest = Math.max(1, ...labeled);
  const shown = all ? classes : classes.slice(0, shownAtFirst);
  return (
    <div>
      <table className="w-full text-sm">
        <caption className="sr-only">Classes with their number of labeled pictures</caption>
        <thead>
          <tr className="text-xs text-muted">
            <th scope="col" className="pb-2 pe-4 text-start font-semibold">
              Class
            </th>
            <th scope="col" className="pb-2 pe-4 text-end font-semibold">
              Pictures
            </th>
            <th scope="col" className="hidden pb-2 text-start font-semibold sm:table-cell">
              Examples
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((name, index) => (
            <Row
              key={name}
              name={name}
              classIndex={index}
              count={labeled[index] ?? 0}
              largest={largest}
              files={examples.get(index) ?? []}
            />
          ))}
          {unlabeled > 0 && (
            <Row
              name="without a label"
              classIndex={null}
              count={unlabeled}
              largest={largest}
              files={examples.get(UNLABELED) ?? []}
            />
          )}
        </tbody>
      </table>
      {classes.length > shown.length && (
        <Button variant="quiet" size="small" className="mt-2" onPress={() => setAll(true)}>
          {`Show all ${formatCount(classes.length)} classes`}
        </Button>
      )}
    </div>
  );
}
