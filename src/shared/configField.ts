/** Fields of a configuration as the Advanced panel edits them: where a field lies, what it is called, what it takes. */

export interface FieldOption {
  value: number | string;
  label: string;
}

export interface ConfigField {
  /** Dotted path into `RunConfig`. */
  path: string;
  label: string;
  /** Unit behind the number, '' if none. */
  unit: string;
  help: string;
  kind: 'number' | 'switch' | 'choice';
  /** Values of a `choice`, and what a person reads. */
  options?: readonly FieldOption[];
}

export function number(path: string, label: string, help = '', unit = ''): ConfigField {
  return { path, label, help, unit, kind: 'number' };
}

export function choice(path: string, label: string, options: readonly FieldOption[], help = ''): ConfigField {
  return { path, label, help, unit: '', kind: 'choice', options };
}

/** Numbers to choose from, written as they are. */
export function plain(values: readonly number[]): FieldOption[] {
  return values.map((value) => ({ value, label: String(value) }));
}

export function toggle(path: string, label: string, help = ''): ConfigField {
  return { path, label, help, unit: '', kind: 'switch' };
}
