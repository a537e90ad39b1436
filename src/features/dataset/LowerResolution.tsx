/** Proposes 32 px where the chosen size would hardly fit into this GPU, or would take days on it. */
import { editField } from '../../state/configFields';
import { modelSize } from '../../state/modelSize';
import { estimateTime } from '../../state/speed';
import { useStudio, useStudioState } from '../../state/studioContext';
import { formatBytes } from '../../shared/bytes';
import { Button } from '../../ui/Button';
import { formatDuration } from '../../ui/format';
import { Message } from '../../ui/Message';
import { useClassesAndPictures } from './useClassesAndPictures';

const smallest = 32;
const mostSeconds = 3 * 24 * 3600;

/**
 * Why the size is too large for this machine, or null. No browser tells how much memory a GPU has; networks larger than
 * twice its largest buffer have little hope.
 */
export function tooLarge(bytes: number, largestBuffer: number, seconds: number | null): string | null {
  if (bytes > 2 * largestBuffer)
    return `Training takes about ${formatBytes(bytes)} of GPU memory, and this GPU lends at most ${formatBytes(largestBuffer)} at a time.`;
  return seconds !== null && seconds > mostSeconds ? `It would take ${formatDuration(seconds)} on this machine.` : null;
}

export function LowerResolution() {
  const studio = useStudio();
  const config = useStudioState((state) => state.config);
  const preset = useStudioState((state) => state.preset);
  const speed = useStudioState((state) => state.speed);
  const adapter = useStudioState((state) => state.adapter);
  const [classCount, imageCount] = useClassesAndPictures();
  if (!adapter || config.resolution <= smallest) return null;
  const { bytes } = modelSize(config, classCount, imageCount);
  const why = tooLarge(bytes, adapter.maxBufferBytes, estimateTime(config, speed)?.whole ?? null);
  const lower = editField(config, preset, 'resolution', smallest);
  if (!why || !lower.ok) return null;
  return (
    <Message tone="warning" text={`${config.resolution} px are too much for this machine.`} why={why}>
      <Button size="small" onPress={() => studio.setup.setConfig(lower.config)}>
        Lower to 32 px
      </Button>
    </Message>
  );
}
