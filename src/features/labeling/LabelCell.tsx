/** One picture of the labeling grid: what it looks like, its label, and where that comes from. */
import { Ban, Check } from 'lucide-react';
import { memo } from 'react';
import type { Standing } from '../../lcp/labels/labelBook';
import { ClassMark } from '../../ui/ClassMark';
import { formatShare } from '../../ui/format';
import { Thumbnail } from '../../ui/Thumbnail';

export interface LabelCellProps {
  id: string;
  file: File | undefined;
  name: string;
  standing: Standing;
  /** -1 where nobody knows. */
  classIndex: number;
  className: string | null;
  /** Of the guess, in [0, 1]; null where it is no guess. */
  confidence: number | null;
  column: number;
  active: boolean;
  selected: boolean;
  onPress: (position: number, how: { extend: boolean; single: boolean }) => void;
  position: number;
}

/** The label in words, as it is read out. */
function spoken({ standing, className, confidence }: LabelCellProps): string {
  if (standing === 'ignored') return 'left out';
  if (standing === 'none') {
    return className === null ? 'no label' : `no label, perhaps ${className}, ${formatShare(confidence ?? 0)} sure`;
  }
  return standing === 'fixed' ? `${className}, labeled by you` : `${className}`;
}

function Caption({ standing, classIndex, className, confidence }: LabelCellProps) {
  if (standing === 'ignored') {
    return (
      <span className="flex min-w-0 items-center gap-1 text-muted">
        <Ban className="size-3 shrink-0" aria-hidden />
        <span className="truncate">left out</span>
      </span>
    );
  }
  if (className === null) return <span className="truncate text-muted">no label</span>;
  const guess = standing === 'none';
  return (
    <span className={`flex min-w-0 items-center gap-1.5 ${guess ? 'text-muted' : 'font-semibold'}`}>
      {!guess && <ClassMark classIndex={classIndex} />}
      <span className={`truncate ${guess ? 'italic' : ''}`}>{guess ? `${className}?` : className}</span>
      {guess && <span className="numeric ms-auto shrink-0">{formatShare(confidence ?? 0)}</span>}
      {standing === 'fixed' && <Check className="ms-auto size-3.5 shrink-0 text-accent" aria-hidden />}
    </span>
  );
}

export const LabelCell = memo(function LabelCell(props: LabelCellProps) {
  const { id, file, name, standing, column, active, selected, onPress, position } = props;
  const ring = active
    ? 'border-focus outline-2 outline-focus'
    : selected
      ? 'border-accent outline-1 outline-accent'
      : 'border-line hover:border-line-strong';
  return (
    // The grid has the keys; a mouse goes straight to a cell.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
    <div
      id={id}
      // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
      role="gridcell"
      aria-colindex={column + 1}
      aria-selected={selected || active}
      aria-label={`${name}: ${spoken(props)}`}
      title={name}
      onClick={(event) => onPress(position, { extend: event.shiftKey, single: event.ctrlKey || event.metaKey })}
      className={`flex h-full cursor-pointer flex-col gap-1 rounded-control border p-1 outline-offset-0 select-none ${ring} ${selected ? 'bg-accent-soft' : 'bg-surface'}`}
    >
      {file ? (
        <Thumbnail file={file} alt="" className={`w-full min-w-0 ${standing === 'ignored' ? 'opacity-30' : ''}`} />
      ) : (
        <span className="aspect-square w-full rounded-[0.375rem] bg-sunken" />
      )}
      <span className="block px-0.5 text-xs">
        <Caption {...props} />
      </span>
    </div>
  );
});
