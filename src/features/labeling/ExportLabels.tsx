/** Labels to take away: as a table, or as sorted folders. */
import { useState } from 'react';
import { useStudio, useStudioState } from '../../state/studioContext';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { Select } from '../../ui/Select';
import { Segmented } from '../../ui/Segmented';

const kinds = [
  { value: 'csv', label: 'Table (CSV)' },
  { value: 'folders', label: 'Sorted folders (zip)' },
] as const;
const shares = [
  { value: '', label: 'Only labels that somebody gave' },
  { value: '0.99', label: 'Guesses, too, that are 99% sure' },
  { value: '0.9', label: 'Guesses, too, that are 90% sure' },
  { value: '0', label: 'All guesses, too' },
] as const;

export function ExportLabels({ onClose }: { onClose: () => void }) {
  const studio = useStudio();
  const guessed = useStudioState((state) => state.labeling.guesses !== null);
  const busy = useStudioState((state) => state.busy.labels === true);
  const [kind, setKind] = useState<'csv' | 'folders'>('csv');
  const [from, setFrom] = useState<(typeof shares)[number]['value']>('');
  const save = async () => {
    await studio.labeling.export({ kind, inferredFrom: from === '' ? null : Number(from) });
    onClose();
  };
  return (
    <Dialog title="Export labels" isOpen onClose={onClose}>
      <div className="grid gap-4 text-sm">
        <Segmented label="Form" options={kinds} value={kind} onChange={setKind} />
        <p>
          {kind === 'csv'
            ? 'A line for each picture: its path, its label, and where that comes from.'
            : 'Your pictures as they are, in a folder for each class; those without a label in “unlabeled”. What you left out stays out. Dropped here, it is the same data set.'}
        </p>
        <Select
          label="Labels"
          options={shares.map(({ value, label }) => ({ value, label, disabled: value !== '' && !guessed }))}
          value={from}
          onChange={setFrom}
        />
        {!guessed && <p className="text-xs text-muted">For guesses, let CLIP guess first.</p>}
        <div className="flex justify-end gap-2">
          <Button onPress={onClose}>Cancel</Button>
          <Button variant="primary" disabled={busy} onPress={() => void save()}>
            Save
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
