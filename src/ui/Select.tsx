/** One of several words, as the platform's own list: at home on every keyboard and phone. */
import { useId } from 'react';

export interface SelectProps<T extends string> {
  label: string;
  options: readonly { value: T; label: string; disabled?: boolean }[];
  value: T;
  onChange: (value: T) => void;
  className?: string;
}

export function Select<T extends string>({ label, options, value, onChange, className = '' }: SelectProps<T>) {
  const id = useId();
  return (
    <div className={`min-w-0 ${className}`}>
      <label htmlFor={id} className="block text-xs font-semibold text-muted">
        {label}
      </label>
      <select
        id={id}
        value={value}
        onChange={(event) => {
          const option = options.find((each) => each.value === event.target.value);
          if (option) onChange(option.value);
        }}
        className="mt-1 min-h-9 w-full rounded-control border border-line-strong bg-raised px-2 text-sm"
      >
        {options.map((option) => (
          <option key={option.value} value={option.value} disabled={option.disabled}>
            {option.label}
          </option>
        ))}
      </select>
    </div>
  );
}
