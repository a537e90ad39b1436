/** A number within a range. A native input, so that keys, touch and assistive technology work as everywhere. */
import { useId } from 'react';

export interface SliderProps {
  label: string;
  help?: string;
  value: number;
  min: number;
  max: number;
  step: number;
  /** The value in words. */
  shown: string;
  onChange: (value: number) => void;
}

export function Slider({ label, help, value, min, max, step, shown, onChange }: SliderProps) {
  const id = useId();
  return (
    <div>
      <div className="flex items-baseline justify-between gap-2 text-sm">
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        <span aria-hidden className="numeric text-xs text-muted">
          {shown}
        </span>
      </div>
      <input
        id={id}
        type="range"
        className="h-6 w-full accent-accent"
        aria-valuetext={shown}
        aria-describedby={help ? `${id}-help` : undefined}
        {...{ min, max, step, value }}
        onChange={(event) => onChange(Number(event.target.value))}
      />
      {help && (
        <p id={`${id}-help`} className="text-xs text-muted">
          {help}
        </p>
      )}
    </div>
  );
}
