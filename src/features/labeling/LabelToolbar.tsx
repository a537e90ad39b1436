/** What the grid shows and in which order, words to search for, and CLIP's guesses. */
import { RefreshCw, Search, Sparkles } from 'lucide-react';
import { useState, type FormEvent } from 'react';
import type { LabelFilter, LabelOrder } from '../../state/labelingState';
import { useStudio, useStudioState } from '../../state/studioContext';
import { Button } from '../../ui/Button';
import { formatCount } from '../../ui/format';
import { ProgressBar } from '../../ui/ProgressBar';
import { Select } from '../../ui/Select';

const filters: { value: LabelFilter; label: string }[] = [
  { value: 'all', label: 'All' },
  { value: 'open', label: 'Without a label' },
  { value: 'labeled', label: 'With a label' },
  { value: 'fixed', label: 'Labeled by you here' },
  { value: 'ignored', label: 'Left out' },
];

function Order() {
  const studio = useStudio();
  const order = useStudioState((state) => state.labeling.view.order);
  const guessed = useStudioState((state) => state.labeling.guesses !== null);
  const ranking = useStudioState((state) => state.labeling.ranking);
  const options: { value: LabelOrder; label: string; disabled?: boolean }[] = [
    { value: 'path', label: 'As they came' },
    { value: 'class', label: 'By class' },
    { value: 'next', label: 'Most useful to label first', disabled: !guessed },
    { value: 'unsure', label: 'Least sure guess first', disabled: !guessed },
    { value: 'sure', label: 'Surest guess first', disabled: !guessed },
  ];
  if (ranking) {
    options.push({
      value: ranking.kind,
      label: ranking.kind === 'words' ? `Fits “${ranking.about}”` : `Like ${ranking.about}`,
    });
  }
  return (
    <Select
      label="Order"
      className="max-w-64"
      options={options}
      value={order}
      onChange={(value) => studio.labeling.setView({ order: value })}
    />
  );
}

function Words() {
  const studio = useStudio();
  const studying = useStudioState((state) => state.labeling.studying !== null);
  const [typed, setTyped] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!studying) void studio.labeling.rankByWords(typed);
  };
  return (
    <search className="min-w-0 flex-1 basis-56">
      <form onSubmit={submit} className="flex items-end gap-2">
        <label className="min-w-0 flex-1 text-xs font-semibold text-muted">
          Search by words
          <input
            type="search"
            value={typed}
            maxLength={2000}
            placeholder="a red car"
            onChange={(event) => setTyped(event.target.value)}
            className="mt-1 block min-h-9 w-full rounded-control border border-line-strong bg-raised px-3 text-sm font-normal text-ink placeholder:text-muted"
          />
        </label>
        <Button type="submit" icon={Search} size="small" className="min-h-9" disabled={typed.trim() === '' || studying}>
          Search
        </Button>
      </form>
    </search>
  );
}

function Guessing() {
  const studio = useStudio();
  const studying = useStudioState((state) => state.labeling.studying);
  const guesses = useStudioState((state) => state.labeling.guesses);
  const stale = useStudioState((state) => state.labeling.stale);
  if (studying) {
    const { label, done, total } = studying;
    return (
      <div className="min-w-48 flex-1">
        <ProgressBar
          label={label}
          done={done}
          total={total}
          value={total > 0 ? `${formatCount(done)} of ${formatCount(total)}` : ''}
        />
      </div>
    );
  }
  return (
    <Button
      icon={guesses ? RefreshCw : Sparkles}
      size="small"
      className="min-h-9"
      disabled={guesses !== null && !stale}
      onPress={() => void studio.labeling.study()}
    >
      {guesses ? 'Guess again' : 'Let CLIP guess'}
    </Button>
  );
}

export function LabelToolbar() {
  const studio = useStudio();
  const view = useStudioState((state) => state.labeling.view);
  const classes = useStudioState((state) => state.dataset?.classes);
  const classOptions = [
    { value: '', label: 'All classes' },
    ...(classes ?? []).map((name, c) => ({ value: String(c), label: name })),
  ];
  return (
    <div className="flex flex-wrap items-end gap-x-3 gap-y-2">
      <Select
        label="Show"
        options={filters}
        value={view.filter}
        onChange={(filter) => studio.labeling.setView({ filter })}
      />
      <Select
        label="Class"
        className="max-w-48"
        options={classOptions}
        value={view.classIndex === null ? '' : String(view.classIndex)}
        onChange={(value) => studio.labeling.setView({ classIndex: value === '' ? null : Number(value) })}
      />
      <Order />
      <Words />
      <Guessing />
    </div>
  );
}
