/** What transparent parts of the pictures are laid over: a colour with a name, or any other. */
import { useEffect, useRef } from 'react';
import { namedMattes, white } from '../../shared/matte';
import { useStudio, useStudioState } from '../../state/studioContext';
import { Segmented } from '../../ui/Segmented';

const options = [
  { value: white, label: 'White' },
  { value: namedMattes.grey, label: 'Grey' },
  { value: namedMattes.black, label: 'Black' },
];

export function MatteChoice() {
  const studio = useStudio();
  const matte = useStudioState((state) => state.source?.corrected.matte ?? white);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const input = field.current;
    if (!input) return;
    input.value = matte;
    // React tells of every colour that is passed over; the browser's own event only of the one that was chosen.
    const chosen = () => void studio.data.layOver(input.value);
    input.addEventListener('change', chosen);
    return () => input.removeEventListener('change', chosen);
  }, [studio, matte]);
  return (
    <span className="flex flex-wrap items-center gap-3 pt-1">
      <Segmented
        label="Lay transparent parts over"
        options={options}
        value={matte}
        onChange={(value) => void studio.data.layOver(value)}
      />
      <label className="flex items-center gap-2">
        Another colour
        <input ref={field} type="color" className="h-9 w-12 rounded-control border border-line-strong bg-canvas" />
      </label>
    </span>
  );
}
