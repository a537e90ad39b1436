/** A class, or one of its clusters. */
import { useId } from 'react';
import type { GeneratorFacts } from '../../session/playground/drawn';
import { useGivenNames } from '../../state/clusterNames';
import type { Choice } from '../../state/latents';
import { useStudioState } from '../../state/studioContext';

export interface ConditionSelectProps {
  label: string;
  facts: GeneratorFacts;
  value: Choice;
  onChange: (choice: Choice) => void;
}

const keyOf = (choice: Choice): string => (choice.kind === 'class' ? `c${choice.classIndex}` : `s${choice.slot}`);
const choiceOf = (key: string): Choice =>
  key.startsWith('c')
    ? { kind: 'class', classIndex: Number(key.slice(1)) }
    : { kind: 'slot', slot: Number(key.slice(1)) };

export function ConditionSelect({ label, facts, value, onChange }: ConditionSelectProps) {
  const id = useId();
  const ofRun = useStudioState((state) => state.playground.of === 'run');
  const givenName = useGivenNames(facts.slots);
  return (
    <div>
      <label htmlFor={id} className="block text-sm font-medium">
        {label}
      </label>
      <select
        id={id}
        className="mt-1 min-h-9 w-full rounded-control border border-line-strong bg-raised px-2 text-sm"
        value={keyOf(value)}
        onChange={(event) => onChange(choiceOf(event.target.value))}
      >
        {facts.classes.map((name, classIndex) => {
          const clusters = facts.slots.filter((slot) => slot.classIndex === classIndex);
          return (
            <optgroup key={name} label={name}>
              <option value={`c${classIndex}`}>{name}, all of it</option>
              {clusters.length > 1 &&
                clusters.map(({ slot, cluster }) => (
                  <option key={slot} value={`s${slot}`}>
                    {`${name}, cluster ${cluster + 1}${ofRun && givenName(slot) !== null ? `, “${givenName(slot)}”` : ''}`}
                  </option>
                ))}
            </optgroup>
          );
        })}
      </select>
    </div>
  );
}
