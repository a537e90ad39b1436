/**
 * A name that is edited in place: a button begins it, Enter keeps it, Escape leaves it as it was. The button takes the
 * focus back, so that the keyboard stays where it was.
 */
import { useState, type ChangeEvent, type FormEvent, type KeyboardEvent } from 'react';

export function useDraft(keep: (text: string) => void) {
  const [draft, setDraft] = useState<string | null>(null);
  const [ended, setEnded] = useState(false);
  const end = (): void => {
    setDraft(null);
    setEnded(true);
  };
  return {
    /** Null while nothing is edited. */
    draft,
    /** True once it was edited: for the button's `focusFirst`. */
    ended,
    begin: setDraft,
    onSubmit: (event: FormEvent): void => {
      event.preventDefault();
      if (draft !== null) keep(draft);
      end();
    },
    field: {
      value: draft ?? '',
      autoFocus: true,
      onChange: (event: ChangeEvent<HTMLInputElement>): void => setDraft(event.target.value),
      onKeyDown: (event: KeyboardEvent): void => {
        if (event.key === 'Escape') end();
      },
    },
  };
}
