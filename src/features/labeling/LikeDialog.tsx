/** Confirms "label all like this": which class, how many, and what they look like at either end. */
import { useState } from 'react';
import { imageIndex } from '../../shared/indices';
import { commonClass, type Alike } from '../../state/likeThis';
import { likelyClass } from '../../state/labelView';
import { imageFile } from '../../state/studioState';
import { useStudio, useStudioState } from '../../state/studioContext';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { plural } from '../../ui/format';
import { NumberInput } from '../../ui/NumberInput';
import { Select } from '../../ui/Select';
import { Thumbnail } from '../../ui/Thumbnail';

const shownEach = 8;

export interface LikeDialogProps {
  models: readonly number[];
  alike: Alike;
  onClose: () => void;
}

function Row({ title, images }: { title: string; images: Uint32Array }) {
  const state = useStudioState((each) => each);
  const files = [...images].map((image) => imageFile(state, imageIndex(image)));
  return (
    <div>
      <p className="text-xs font-semibold text-muted">{title}</p>
      <div className="mt-1 flex min-h-12 flex-wrap gap-1">
        {files.map((file, i) => file && <Thumbnail key={images[i]} file={file} alt={file.name} className="size-12" />)}
      </div>
    </div>
  );
}

export function LikeDialog({ models, alike, onClose }: LikeDialogProps) {
  const studio = useStudio();
  const labels = useStudioState((state) => state.labeling.labels);
  const guesses = useStudioState((state) => state.labeling.guesses);
  const [count, setCount] = useState(Math.max(Math.min(1, alike.images.length), alike.proposed));
  const first = labels
    ? (commonClass(models, labels.book) ?? likelyClass({ book: labels.book, guesses }, models[0] ?? 0))
    : -1;
  const [chosen, setChosen] = useState(String(Math.max(0, first)));
  if (!labels) return null;
  const { classes } = labels.book;
  const most = alike.images.length;
  const commit = (text: string): string | null => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < 0 || value > most) return `A whole number from 0 to ${most}.`;
    setCount(value);
    return null;
  };
  const name = classes[Number(chosen)] ?? '';
  const open = models.filter((image) => labels.book.standing(image) === 'none');
  const all = open.length + count;
  const apply = () => {
    const images = Uint32Array.from([...open, ...alike.images.subarray(0, count)]);
    studio.labeling.label(images, Number(chosen), `${plural(images.length, 'picture')} as ${name}`);
    onClose();
  };
  return (
    <Dialog title="Label all like this" isOpen onClose={onClose}>
      <div className="grid gap-4">
        <p className="text-sm">
          {most === 0
            ? 'No picture without a label is left to compare with.'
            : `${plural(most, 'picture')} without a label, sorted by likeness to what you selected. How many of them are of the same class?`}
          {open.length > 0 && ' What you selected is labeled along with them.'}
        </p>
        <div className="grid grid-cols-2 gap-3">
          <Select
            label="Class"
            options={classes.map((each, c) => ({ value: String(c), label: each }))}
            value={chosen}
            onChange={setChosen}
          />
          <NumberInput label="Pictures" value={count} onCommit={commit} />
        </div>
        <input
          type="range"
          aria-label="Number of pictures"
          min={0}
          max={most}
          value={count}
          onChange={(event) => setCount(Number(event.target.value))}
          className="w-full accent-(--accent)"
        />
        <Row title="Most alike" images={alike.images.subarray(0, Math.min(shownEach, count))} />
        <Row title="Last ones taken" images={alike.images.subarray(Math.max(0, count - shownEach), count)} />
        <Row title="First ones not taken" images={alike.images.subarray(count, count + shownEach)} />
        <div className="flex flex-wrap justify-end gap-2">
          <Button onPress={onClose}>Cancel</Button>
          <Button variant="primary" disabled={all === 0 || classes.length === 0} onPress={apply}>
            {`Label ${plural(all, 'picture')} as ${name}`}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
