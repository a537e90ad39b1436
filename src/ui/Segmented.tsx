/** A choice between two to four short words in one row. */
import { Radio, RadioGroup } from 'react-aria-components/RadioGroup';

export interface SegmentedProps<T extends string> {
  label: string;
  options: readonly { value: T; label: string }[];
  value: T;
  onChange: (value: T) => void;
}

export function Segmented<T extends string>({ label, options, value, onChange }: SegmentedProps<T>) {
  const choose = (chosen: string) => {
    const option = options.find((each) => each.value === chosen);
    if (option) onChange(option.value);
  };
  return (
    <RadioGroup
      aria-label={label}
      orientation="horizontal"
      value={value}
      onChange={choose}
      className="flex max-w-full flex-wrap rounded-control border border-line bg-sunken p-0.5"
    >
      {options.map((option) => (
        <Radio
          key={option.value}
          value={option.value}
          className="flex min-h-7 cursor-pointer items-center rounded-[0.375rem] px-2.5 text-xs font-semibold text-muted data-selected:bg-raised data-selected:text-ink data-selected:shadow-card"
        >
          {option.label}
        </Radio>
      ))}
    </RadioGroup>
  );
}
