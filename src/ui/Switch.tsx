/** On or off, at once. */
import { Switch as AriaSwitch } from 'react-aria-components/Switch';

export interface SwitchProps {
  label: string;
  help?: string;
  isSelected: boolean;
  /** Marks a value that differs from what it was. */
  changed?: boolean;
  onChange: (isSelected: boolean) => void;
}

export function Switch({ label, help, isSelected, changed = false, onChange }: SwitchProps) {
  return (
    <AriaSwitch
      isSelected={isSelected}
      onChange={onChange}
      className="group flex min-h-8 cursor-pointer items-start gap-3"
    >
      <span
        aria-hidden
        className="mt-0.5 flex h-5 w-9 shrink-0 items-center rounded-full border border-line-strong bg-sunken p-0.5 transition-colors group-data-selected:border-accent group-data-selected:bg-accent"
      >
        <span className="size-3.5 rounded-full bg-line-strong transition-transform group-data-selected:translate-x-4 group-data-selected:bg-accent-ink" />
      </span>
      <span className="text-sm">
        <span className="font-medium">{label}</span>
        {changed && <span className="ms-2 text-xs font-semibold text-accent">changed</span>}
        {help && <span className="block text-xs text-muted">{help}</span>}
      </span>
    </AriaSwitch>
  );
}
