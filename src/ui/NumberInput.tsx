/**
 * A number typed as text, because learning rates are written as 2e-4. What is typed is judged on every key; a value
 * that will not do stays visible with the reason, and the last good one stays in force.
 */
import { useId, useState } from 'react';

export interface NumberInputProps {
  label: string;
  value: number;
  unit?: string;
  help?: string;
  /** Shown as "preset: 50" where it differs from `value`. */
  reference?: number;
  /** Takes the text over; returns why it will not do, or null. */
  onCommit: (text: string) => string | null;
}

export function NumberInput({ label, value, unit, help, reference, onCommit }: NumberInputProps) {
  const id = useId();
  const [draft, setDraft] = useState<{ text: string; error: string | null } | null>(null);
  const changed = reference !== undefined && reference !== value;
  const notes = [help && `${id}-help`, changed && `${id}-reference`, draft?.error && `${id}-error`]
    .filter(Boolean)
    .join(' ');
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="block text-sm font-medium">
        {label}
      </label>
      <div
        className={`mt-1 flex items-center rounded-control border bg-raised focus-within:outline-2 focus-within:outline-offset-1 focus-within:outline-focus ${draft?.error ? 'border-bad' : changed ? 'border-accent' : 'border-line-strong'}`}
      >
        <input
          id={id}
          type="text"
          inputMode="decimal"
          autoComplete="off"
          className="numeric min-h-9 w-full min-w-0 bg-transparent px-3 text-sm outline-none"
          value={draft?.text ?? String(value)}
          aria-invalid={draft?.error ? true : undefined}
          aria-describedby={notes || undefined}
          onChange={(event) => setDraft({ text: event.target.value, error: onCommit(event.target.value) })}
          onBlur={() => setDraft((current) => (current?.error ? current : null))}
        />
        {unit && <span className="pe-3 text-xs whitespace-nowrap text-muted">{unit}</span>}
      </div>
      {draft?.error && (
        <p id={`${id}-error`} className="mt-1 text-xs font-medium text-bad">
          {draft.error} Still using {value}.
        </p>
      )}
      {changed && (
        <p id={`${id}-reference`} className="mt-1 text-xs text-accent">
          Changed; the preset has {reference}.
        </p>
      )}
      {help && (
        <p id={`${id}-help`} className="mt-1 text-xs text-muted">
          {help}
        </p>
      )}
    </div>
  );
}
