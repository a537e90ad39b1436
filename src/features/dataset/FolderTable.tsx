/**
 * How each folder was taken, to be corrected: a class (of any name: equal names join), without a label, left out, or
 * looked through. Corrections are remembered for the next drop of the same folder.
 */
import { RotateCcw } from 'lucide-react';
import { useState } from 'react';
import type { LabelsFrom, ReadFolderGroup } from '../../data/interpret';
import { uncorrected, type KeptReading } from '../../state/keptReadings';
import { useStudio, useStudioState } from '../../state/studioContext';
import { isRunning } from '../../state/studioState';
import { Button } from '../../ui/Button';
import { Disclosure } from '../../ui/Disclosure';
import { formatCount, plural } from '../../ui/format';
import { Segmented } from '../../ui/Segmented';

const shownAtFirst = 60;

type RoleId = 'class' | 'unlabeled' | 'ignored' | 'through';
const roles: { value: RoleId; label: string }[] = [
  { value: 'class', label: 'A class' },
  { value: 'unlabeled', label: 'Without a label' },
  { value: 'ignored', label: 'Left out' },
  { value: 'through', label: 'Look at the folders inside' },
];
const sources: { value: LabelsFrom; label: string }[] = [
  { value: 'auto', label: 'Label files, else folders' },
  { value: 'folders', label: 'Folders' },
  { value: 'names', label: 'File names' },
];

/** Beside the sources where one was chosen. */
const byTrait = 'trait';

const field =
  'h-9 min-w-0 rounded-control border border-line-strong bg-canvas px-2 text-sm text-ink disabled:opacity-60';

/** In words: "set/cat", or the pictures that lie directly in a folder. */
const titleOf = (path: string): string =>
  path.endsWith('/*') ? `${path === '/*' ? 'what was dropped' : path.slice(0, -2)}, directly in it` : path;

const lastName = (path: string): string => path.replace(/\/\*$/, '').split('/').pop() || 'pictures';

interface RowProps {
  group: ReadFolderGroup;
  disabled: boolean;
  onCorrect: (role: KeptReading['corrections'][string]) => void;
}

function Row({ group, disabled, onCorrect }: RowProps) {
  const { path, role, count } = group;
  const title = titleOf(path);
  const [name, setName] = useState(role.as === 'class' ? role.name : '');
  const commit = () => {
    const wanted = name.trim();
    if (role.as !== 'class' || wanted === role.name) return;
    if (wanted === '') setName(role.name);
    else onCorrect({ as: 'class', name: wanted });
  };
  const choose = (value: string) => {
    if (value === 'class') onCorrect({ as: 'class', name: lastName(path) });
    else onCorrect({ as: value as Exclude<RoleId, 'class'> });
  };
  return (
    <tr className="border-t border-line">
      <th scope="row" className="py-2 pe-3 text-start font-mono text-xs font-normal break-all">
        {title}
      </th>
      <td className="numeric py-2 pe-3 text-end">{formatCount(count)}</td>
      <td className="py-2">
        <span className="flex flex-wrap gap-2">
          <select
            aria-label={`What “${title}” is`}
            className={field}
            value={role.as}
            disabled={disabled}
            onChange={(event) => choose(event.target.value)}
          >
            {roles
              .filter(({ value }) => value !== 'through' || !path.endsWith('/*'))
              .map(({ value, label }) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
          </select>
          {role.as === 'class' && (
            <input
              aria-label={`Class of “${title}”`}
              className={`${field} w-40`}
              value={name}
              disabled={disabled}
              onChange={(event) => setName(event.target.value)}
              onBlur={commit}
              onKeyDown={(event) => {
                if (event.key === 'Enter') commit();
              }}
            />
          )}
        </span>
      </td>
    </tr>
  );
}

export function FolderTable() {
  const studio = useStudio();
  const source = useStudioState((state) => state.source);
  const waits = useStudioState((state) => isRunning(state.session) || state.reading !== null);
  const [open, setOpen] = useState(false);
  const [all, setAll] = useState(false);
  if (!source || source.kind === 'sample') return null;
  const { reading, corrected } = source;
  const correct = (change: Partial<KeptReading>) => void studio.data.correct({ ...corrected, ...change });
  const trait = reading.notes.traits?.chosen ?? null;
  const changes =
    Object.keys(corrected.corrections).length +
    (corrected.labelsFrom === 'auto' && trait === null ? 0 : 1) +
    (corrected.cells ? 1 : 0);
  const choice = reading.notes.files !== null || reading.offer !== null || corrected.labelsFrom !== 'auto';
  const shown = all ? reading.groups : reading.groups.slice(0, shownAtFirst);
  return (
    <Disclosure
      open={open}
      onToggle={setOpen}
      summary={`How the folders were read${changes > 0 ? `: ${plural(changes, 'correction')} of yours` : ''}`}
    >
      <div className="grid gap-4">
        {choice && (
          <div className="flex flex-wrap items-center gap-3 text-sm">
            <span>Labels come from</span>
            <Segmented
              label="Labels come from"
              options={trait === null ? sources : [...sources, { value: byTrait, label: 'A trait' }]}
              value={trait === null ? corrected.labelsFrom : byTrait}
              onChange={(value) => {
                if (value !== byTrait && !waits) correct({ labelsFrom: value as LabelsFrom, trait: undefined });
              }}
            />
          </div>
        )}
        <table className="w-full text-sm">
          <caption className="sr-only">Folders, how many pictures they hold, and what each was taken for</caption>
          <thead>
            <tr className="text-xs text-muted">
              <th scope="col" className="pb-2 pe-3 text-start font-semibold">
                Folder
              </th>
              <th scope="col" className="pb-2 pe-3 text-end font-semibold">
                Pictures
              </th>
              <th scope="col" className="pb-2 text-start font-semibold">
                Taken for
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((group) => (
              <Row
                // A new role or name brings a new draft.
                key={`${group.path}:${group.role.as}:${group.role.as === 'class' ? group.role.name : ''}`}
                group={group}
                disabled={waits}
                onCorrect={(role) => correct({ corrections: { ...corrected.corrections, [group.path]: role } })}
              />
            ))}
          </tbody>
        </table>
        <div className="flex flex-wrap gap-2">
          {reading.groups.length > shown.length && (
            <Button variant="quiet" size="small" onPress={() => setAll(true)}>
              {`Show all ${formatCount(reading.groups.length)} folders`}
            </Button>
          )}
          {changes > 0 && (
            <Button
              size="small"
              icon={RotateCcw}
              disabled={waits}
              onPress={() => void studio.data.correct({ ...uncorrected, matte: corrected.matte })}
            >
              Undo all corrections
            </Button>
          )}
        </div>
      </div>
    </Disclosure>
  );
}
