/** Which CLIP compares pictures with words: one of the list, or files of the user's own. */
import { FileUp } from 'lucide-react';
import { useRef } from 'react';
import { formatBytes } from '../../shared/bytes';
import { twoClips } from '../../session/clip/twoClips';
import type { ClipChoice, StorageReport } from '../../state/ports';
import { useStudio, useStudioState } from '../../state/studioContext';
import { Button } from '../../ui/Button';
import { Message } from '../../ui/Message';
import { RadioCards, type RadioCard } from '../../ui/RadioCards';
import { StoragePanel } from './StoragePanel';
import { useStorageReport } from './useStorageReport';

const ownFiles = 'own-files';

/** Where the files of a listed CLIP are. */
function placeOf({ id, embedded, bytes }: ClipChoice, report: StorageReport | null): 'here' | { left: number } {
  const item = report?.items.find((each) => each.id === `model:${id}`);
  if (embedded || item?.complete) return 'here';
  return { left: Math.max(0, bytes - (item?.bytes ?? 0)) };
}

function card(choice: ClipChoice, models: readonly ClipChoice[], report: StorageReport | null): RadioCard {
  const critic = models.find(({ id }) => id === choice.critic);
  const place = placeOf(choice, report);
  const size = choice.embedded
    ? 'comes with the studio'
    : place === 'here'
      ? `${formatBytes(choice.bytes)}, on this machine`
      : place.left < choice.bytes
        ? `${formatBytes(place.left)} of ${formatBytes(choice.bytes)} to download`
        : `${formatBytes(choice.bytes)} download`;
  return {
    value: choice.id,
    title: choice.name,
    aside: size,
    text: choice.description,
    more: [choice.more, critic && twoClips(choice.name, critic.name), `Licence: ${choice.licence}.`]
      .filter(Boolean)
      .join(' '),
  };
}

function OwnFiles({ files, onFiles }: { files: readonly File[]; onFiles: (files: File[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <div className="flex flex-wrap items-center gap-3">
      <Button size="small" icon={FileUp} onPress={() => input.current?.click()}>
        Choose CLIP files
      </Button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label="CLIP files"
        onChange={(event) => onFiles([...(event.target.files ?? [])])}
      />
      <span className="min-w-0 text-sm break-all text-muted">
        {files.length > 0
          ? files.map(({ name }) => name).join(', ')
          : 'No files chosen yet. You can also drop them anywhere on this page.'}
      </span>
    </div>
  );
}

/** A CLIP that knows little says so, and offers the real one. */
function StandIn({ chosen, real }: { chosen: ClipChoice; real: ClipChoice | undefined }) {
  const studio = useStudio();
  return (
    <Message
      tone="info"
      text={`${chosen.name} is a small stand-in for a real CLIP.`}
      why="It lets you begin at once, and knows only everyday things: labels and clusters of your own subjects are usually far better with a real one."
    >
      {real && (
        <Button size="small" onPress={() => studio.setup.chooseClip({ kind: 'manifest', id: real.id })}>
          {`Use ${real.name} (${formatBytes(real.bytes)})`}
        </Button>
      )}
    </Message>
  );
}

export function ClipPicker() {
  const studio = useStudio();
  const models = useStudioState((state) => state.clipModels);
  const clip = useStudioState((state) => state.clip);
  const online = useStudioState((state) => state.online);
  const storage = useStorageReport();
  const chosen = clip.kind === 'manifest' ? models.find(({ id }) => id === clip.id) : undefined;
  const place = chosen && placeOf(chosen, storage.report);
  const own: RadioCard = {
    value: ownFiles,
    title: 'Your own files',
    text: 'Any CLIP that you have as ONNX files. They stay on this machine.',
    more: 'One file, or vision and text apart, with their data files (.onnx_data) and tokenizer.json. Their licence is between you and who made them.',
  };
  const choose = (value: string) =>
    studio.setup.chooseClip(value === ownFiles ? { kind: 'files', files: [] } : { kind: 'manifest', id: value });
  return (
    <div className="grid gap-3">
      <RadioCards
        label="CLIP"
        options={[...models.map((model) => card(model, models, storage.report)), own]}
        value={clip.kind === 'files' ? ownFiles : clip.id}
        onChange={choose}
      />
      {clip.kind === 'files' && (
        <OwnFiles files={clip.files} onFiles={(files) => studio.setup.chooseClip({ kind: 'files', files })} />
      )}
      {chosen?.standIn && <StandIn chosen={chosen} real={models.find(({ embedded }) => !embedded)} />}
      {place && place !== 'here' && !online && (
        <Message
          tone="warning"
          text="You are offline."
          why={`This CLIP is not on this machine yet: ${formatBytes(place.left)} would have to be downloaded.`}
          action="Connect to the internet, choose a CLIP that is on this machine, or drop its files in."
        />
      )}
      <StoragePanel {...storage} />
    </div>
  );
}
