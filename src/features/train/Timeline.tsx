/** Moves through the kept history of sample grids: a slider, play, and back to the newest. */
import { Pause, Play, SkipForward } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button } from '../../ui/Button';
import { formatCount, plural } from '../../ui/format';

export interface TimelineProps {
  /** Iteration of each kept frame, oldest first. */
  iterations: readonly number[];
  index: number;
  /** True while the newest frame is followed. */
  following: boolean;
  onChange: (index: number) => void;
}

const frameMilliseconds = 140;

export function Timeline({ iterations, index, following, onChange }: TimelineProps) {
  const [playing, setPlaying] = useState(false);
  const last = iterations.length - 1;
  useEffect(() => {
    if (!playing) return undefined;
    const timer = setTimeout(() => {
      if (index >= last) setPlaying(false);
      else onChange(index + 1);
    }, frameMilliseconds);
    return () => clearTimeout(timer);
  }, [playing, index, last, onChange]);
  const play = () => {
    if (!playing && index >= last) onChange(0);
    setPlaying(!playing);
  };
  return (
    <div className="flex items-center gap-2">
      <Button variant="quiet" size="small" icon={playing ? Pause : Play} iconOnly onPress={play}>
        {playing ? 'Hold the samples' : 'Play the samples'}
      </Button>
      <input
        type="range"
        min={0}
        max={last}
        step={1}
        value={index}
        aria-label="History of samples"
        aria-valuetext={`Iteration ${formatCount(iterations[index] ?? 0)}`}
        onChange={(event) => {
          setPlaying(false);
          onChange(Number(event.target.value));
        }}
        className="h-8 min-w-0 flex-1 accent-accent"
      />
      <span className="numeric hidden text-xs text-muted sm:inline">{plural(iterations.length, 'grid')} kept</span>
      <Button variant="quiet" size="small" icon={SkipForward} disabled={following} onPress={() => onChange(last)}>
        Newest
      </Button>
    </div>
  );
}
