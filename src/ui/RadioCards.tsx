/** A choice between a few things that each need a sentence: a radio group whose options are cards. */
import type { ReactNode } from 'react';
import { Disclosure } from './Disclosure';
import { Radio, RadioGroup } from 'react-aria-components/RadioGroup';

export interface RadioCard {
  value: string;
  title: string;
  /** Right of the title, e.g. a size. */
  aside?: string;
  text: ReactNode;
  /** What is unfolded below the text. */
  more?: string | undefined;
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
        // What is unfolded lies beside the radio: a press there is no choice.
        <div
          key={option.value}
          className="rounded-control border border-line transition-colors hover:border-line-strong has-data-selected:border-accent has-data-selected:bg-accent-soft"
        >
          <Radio
            value={option.value}
            isDisabled={option.disabled ?? false}
            className="group flex cursor-pointer gap-3 rounded-control p-3 data-disabled:cursor-not-allowed data-disabled:opacity-60"
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
          {option.more && (
            <Disclosure
              className="-mt-2 ps-10 pe-3 pb-2"
              summary={
                <span className="text-xs font-medium text-muted">
                  More<span className="sr-only"> about {option.title}</span>
                </span>
              }
            >
              <p className="-mt-2 -ms-6 text-sm text-muted">{option.more}</p>
            </Disclosure>
          )}
        </div>
      ))}
    </RadioGroup>
  );
}
