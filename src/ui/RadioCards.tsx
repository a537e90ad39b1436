/** A choice between a few things that each need a sentence: a radio group whose options are cards. */
import type { ReactNode } from 'react';
import { Radio, RadioGroup } from 'react-aria-components/RadioGroup';

export interface RadioCard {
  value: string;
  title: string;
  /** Right of the title, e.g. a size. */
  aside?: string;
  text: ReactNode;
  disabled?: boolean;
}

export interface RadioCardsProps {
  label: string;
  options: readonly RadioCard[];
  value: string;
  onChange: (value: string) => void;
}

export function RadioCards({ label, options, value, onChange }: RadioCardsProps) {
  return (
    <RadioGroup aria-label={label} value={value} onChange={onChange} className="grid gap-2">
      {options.map((option) => (
        <Radio
          key={option.value}
          value={option.value}
          isDisabled={option.disabled ?? false}
          className="group flex cursor-pointer gap-3 rounded-control border border-line p-3 transition-colors hover:border-line-strong data-disabled:cursor-not-allowed data-disabled:opacity-60 data-selected:border-accent data-selected:bg-accent-soft"
        >
          <span
            aria-hidden
            className="mt-1 grid size-4 shrink-0 place-items-center rounded-full border-2 border-line-strong bg-raised group-data-selected:border-accent"
          >
            <span className="size-2 scale-0 rounded-full bg-accent transition-transform group-data-selected:scale-100" />
          </span>
          <span className="min-w-0 flex-1">
            <span className="flex flex-wrap items-baseline justify-between gap-x-3">
              <span className="font-semibold">{option.title}</span>
              {option.aside && <span className="numeric text-xs text-muted">{option.aside}</span>}
            </span>
            <span className="block text-sm text-muted">{option.text}</span>
          </span>
        </Radio>
      ))}
    </RadioGroup>
  );
}
