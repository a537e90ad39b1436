/** Which CLIP compares pictures with words: one of the list, or files of the user's own. */
import { FileUp } from 'lucide-react';
import { useRef } from 'react';
import { formatBytes } from '../../shared/bytes';
import type { ClipChoice } from '../../state/ports';
import { useStudio, useStudioState } from '../../state/studioContext';
import { Button } from '../../ui/Button';
import { Message } from '../../ui/Message';
import { RadioCards, type RadioCard } from '../../ui/RadioCards';

const ownFiles = 'own-files';

function card(choice: ClipChoice): RadioCard {
  const size = choice.embedded ? 'comes with the studio' : `${formatBytes(choice.bytes)} download`;
  return { value: choice.id, title: choice.name, aside: `${size} · ${choice.licence}`, text: choice.description };
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
        accept=".onnx,.json"
        aria-label="CLIP files"
        onChange={(event) => onFiles([...(event.target.files ?? [])])}
      />
      <span className="min-w-0 text-sm break-all text-muted">{files.length > 0 ? files.map(({ name }) => name).join(', ') : 'No files chosen yet.'}</span>
    </div>
  );
}

export function ClipPicker() {
  const studio = useStudio();
  const models = useStudioState((state) => state.clipModels);
  const clip = useStudioState((state) => state.clip);
  const online = useStudioState((state) => state.online);
  const chosen = clip.kind === 'manifest' ? models.find(({ id }) => id === clip.id) : undefined;
  const own: RadioCard = { value: ownFiles, title: 'Your own files', text: 'ONNX files of a CLIP (one, or vision and text apart) with its tokenizer.json. They stay on this machine.' };
  const choose = (value: string) => studio.chooseClip(value === ownFiles ? { kind: 'files', files: [] } : { kind: 'manifest', id: value });
  return (
    <div className="grid gap-3">
      <RadioCards label="CLIP" options={[...models.map(card), own]} value={clip.kind === 'files' ? ownFiles : clip.id} onChange={choose} />
      {clip.kind === 'files' && <OwnFiles files={clip.files} onFiles={(files) => studio.chooseClip({ kind: 'files', files })} />}
      {chosen && !chosen.embedded && !online && (
        <Message tone="warning" text="You are offline." why="This CLIP has to be downloaded unless it was used here before." action="Connect to the internet, or choose the one that comes with the studio." />
      )}
    </div>
  );
}
