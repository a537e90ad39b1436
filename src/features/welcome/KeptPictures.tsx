/** Pictures of earlier visits: opened again at one press, without a drop. */
import { History } from 'lucide-react';
import { useStudio, useStudioState } from '../../state/studioContext';
import { Button } from '../../ui/Button';
import { formatCount } from '../../ui/format';

export function KeptPictures() {
  const studio = useStudio();
  const all = useStudioState((state) => state.kept);
  const brokenOff = useStudioState((state) => state.brokenOff?.folder);
  const reading = useStudioState((state) => state.reading !== null);
  // What was broken off is offered above.
  const kept = all.filter(({ id }) => id !== brokenOff);
  if (kept.length === 0) return null;
  return (
    <div className="grid gap-2">
      <h2 className="text-sm font-semibold">Open again</h2>
      <div className="flex flex-wrap gap-2">
        {kept.map(({ id, name, pictures }) => (
          <Button key={id} icon={History} size="small" disabled={reading} onPress={() => void studio.data.openKept(id)}>
            {pictures === null ? name : `${name} (${formatCount(pictures)})`}
          </Button>
        ))}
      </div>
    </div>
  );
}
