/** Every setting of a run, validated as it is typed; what differs from the preset is marked and can be reset. */
import { RotateCcw } from 'lucide-react';
import { useDeferredValue, useState } from 'react';
import { presets } from '../../shared/config';
import type { ConfigField } from '../../shared/configField';
import {
  changedFields,
  editField,
  fieldGroups,
  parseNumber,
  readField,
  type FieldValue,
} from '../../state/configFields';
import { useStudio, useStudioState } from '../../state/studioContext';
import { Button } from '../../ui/Button';
import { Disclosure } from '../../ui/Disclosure';
import { FocusBack } from '../../ui/FocusBack';
import { plural } from '../../ui/format';
import { NumberInput } from '../../ui/NumberInput';
import { Segmented } from '../../ui/Segmented';
import { Switch } from '../../ui/Switch';

function Field({ field }: { field: ConfigField }) {
  const studio = useStudio();
  const config = useStudioState((state) => state.config);
  const preset = useStudioState((state) => state.preset);
  const value = readField(config, field.path);
  const reference = readField(presets[preset], field.path);
  const edit = (next: FieldValue): string | null => {
    const edited = editField(studio.state.config, preset, field.path, next);
    if (!edited.ok) return edited.message;
    studio.setup.setConfig(edited.config);
    return null;
  };
  if (field.kind === 'switch') {
    return (
      <Switch
        label={field.label}
        help={field.help}
        isSelected={value === true}
        changed={value !== reference}
        onChange={edit}
      />
    );
  }
  if (field.kind === 'choice') {
    const choices = field.options ?? [];
    const options = choices.map((option) => ({ value: String(option.value), label: option.label }));
    const choose = (chosen: string) => edit(choices.find((option) => String(option.value) === chosen)?.value ?? chosen);
    return (
      <div>
        <p className="mb-1 text-sm font-medium">{field.label}</p>
        <div className="flex">
          <Segmented label={field.label} options={options} value={String(value)} onChange={choose} />
        </div>
        {value !== reference && (
          <p className="mt-1 text-xs text-accent">
            {`Changed; the preset has ${options.find((option) => option.value === String(reference))?.label ?? String(reference)}.`}
          </p>
        )}
        <p className="mt-1 text-xs text-muted">{field.help}</p>
      </div>
    );
  }
  const commit = (text: string) => {
    const parsed = parseNumber(text);
    return parsed === null ? 'A number, please.' : edit(parsed);
  };
  return (
    <NumberInput
      label={field.label}
      help={field.help}
      unit={field.unit}
      value={Number(value)}
      reference={Number(reference)}
      onCommit={commit}
    />
  );
}

export function AdvancedPanel() {
  const studio = useStudio();
  const config = useStudioState((state) => state.config);
  const preset = useStudioState((state) => state.preset);
  const [resets, setResets] = useState(0);
  // They are many, and folded away at first: drawn in the background, after the rest of the page.
  const drawn = useDeferredValue(true, false);
  const changed = changedFields(config, preset).length;
  const reset = () => {
    studio.setup.choosePreset(preset);
    setResets(resets + 1);
  };
  const summary = (
    <span className="flex flex-wrap items-baseline gap-x-2">
      Advanced settings{' '}
      {changed > 0 && <span className="text-xs text-accent">{plural(changed, 'change')} from the preset</span>}
    </span>
  );
  return (
    <Disclosure summary={summary}>
      <div className="-ms-6 grid gap-6">
        {changed > 0 && (
          <FocusBack>
            <Button size="small" icon={RotateCcw} onPress={reset}>
              Reset to the preset
            </Button>
          </FocusBack>
        )}
        {(drawn ? fieldGroups(config) : []).map(({ title, fields }) => (
          <fieldset key={title} className="min-w-0">
            <legend className="eyebrow mb-3">{title}</legend>
            <div className="grid gap-4 xs:grid-cols-2">
              {fields.map((field) => (
                // A new preset or a reset brings new values: drafts are dropped with the key.
                <Field key={`${preset}-${resets}-${field.path}`} field={field} />
              ))}
            </div>
          </fieldset>
        ))}
      </div>
    </Disclosure>
  );
}
