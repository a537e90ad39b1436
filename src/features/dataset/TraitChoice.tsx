/** Which of the traits in a table makes the two classes, at one press. */
import { useState } from 'react';
import { classesOfTrait, divides, type TraitOffer } from '../../data/reading/offerTraits';
import { useStudio, useStudioState } from '../../state/studioContext';
import { Button } from '../../ui/Button';
import { formatCount } from '../../ui/format';
import { Select } from '../../ui/Select';

export function TraitChoice({ offer: { traits, chosen } }: { offer: TraitOffer }) {
  const studio = useStudio();
  const busy = useStudioState((state) => state.reading !== null);
  const making = useStudioState((state) => state.reading?.kind === 'again');
  const useful = traits.filter((trait) => divides(trait) || trait.name === chosen);
  const [name, setName] = useState(chosen ?? useful[0]?.name ?? '');
  const trait = useful.find((each) => each.name === name);
  if (!trait) return null;
  const [having, lacking] = classesOfTrait(name);
  const choose = () => {
    const { source } = studio.state;
    if (source) void studio.data.correct({ ...source.corrected, trait: name });
  };
  return (
    <form
      className="flex flex-wrap items-end gap-x-3 gap-y-2 pt-1"
      onSubmit={(event) => {
        event.preventDefault();
        choose();
      }}
    >
      <Select
        label="Trait, and how many pictures have it"
        className="w-full sm:w-auto"
        options={useful.map((each) => ({ value: each.name, label: `${each.name} (${formatCount(each.having)})` }))}
        value={name}
        onChange={setName}
      />
      <Button size="small" type="submit" disabled={busy || name === chosen}>
        {making ? 'Making two classes …' : 'Make two classes of it'}
      </Button>
      {name !== chosen && (
        <span className="numeric w-full text-xs text-muted">
          {`“${having}” with ${formatCount(trait.having)}, “${lacking}” with ${formatCount(trait.lacking)}`}
        </span>
      )}
    </form>
  );
}
