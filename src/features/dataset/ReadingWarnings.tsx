/** What a person should know of the open pictures, with what can be done about it at one click. */
import type { ReadingWarning } from '../../data/warningWords';
import { fileOfImage } from '../../data/imageMap';
import { candidates, encodingNames } from '../../data/reading/encodings';
import type { FolderRole } from '../../data/reading/layout';
import { imageIndex } from '../../shared/indices';
import { useStudio, useStudioState } from '../../state/studioContext';
import { isRunning, readingWarnings } from '../../state/studioState';
import { Button } from '../../ui/Button';
import { Message } from '../../ui/Message';
import { Select } from '../../ui/Select';
import { CellChoice } from './CellChoice';
import { MatteChoice } from './MatteChoice';
import { TraitChoice } from './TraitChoice';

/** Corrections of single pictures that are remembered with a folder; more are for its owner to mend. */
const mostFiles = 5000;

/** Other encodings that names in an archive may be in; nothing where it cannot be opened anew. */
function NameEncoding() {
  const studio = useStudio();
  const known = useStudioState((state) => (state.source?.listed ? state.source.known.decoded?.at(-1) : undefined));
  const reading = useStudioState((state) => state.reading !== null);
  if (!known || known === 'utf-8') return null;
  return (
    <Select
      label="Names are in"
      options={candidates.map((value) => ({ value, label: encodingNames[value], disabled: reading }))}
      value={known}
      onChange={(value) => void studio.data.readNamesAs(value)}
    />
  );
}

export function ReadingWarnings() {
  const studio = useStudio();
  const warnings = useStudioState(readingWarnings);
  const running = useStudioState((state) => isRunning(state.session));

  /** Says of decoded pictures what they are to count as. */
  const correctImages = (images: readonly number[], role: FolderRole) => {
    const { source, decoded } = studio.state;
    if (!source) return;
    const corrections = { ...source.corrected.corrections };
    for (const image of images) {
      const file = fileOfImage(source.files, source.reading.items, decoded, imageIndex(image));
      if (file) corrections[file.path] = role;
    }
    void studio.data.correct({ ...source.corrected, corrections });
  };

  const deeds = ({ code }: ReadingWarning): { label: string; act: () => void }[] => {
    const { source, dataset } = studio.state;
    const { copies = [], contradicting = [] } = dataset?.duplicates ?? {};
    if (!source || running) return [];
    if (code === 'no-labels' && dataset) return [{ label: 'Label pictures', act: () => studio.labeling.open() }];
    if (code === 'labels-in-names')
      return [
        {
          label: 'Use the names as labels',
          act: () => void studio.data.correct({ ...source.corrected, labelsFrom: 'names' }),
        },
      ];
    if (code === 'labels-from-trait')
      return [
        {
          label: 'Undo the choice',
          act: () => void studio.data.correct({ ...source.corrected, trait: undefined }),
        },
      ];
    if (code === 'sheets-in-cells') return [{ label: 'Undo the cut', act: () => void studio.data.cutSheets(null) }];
    if (code === 'duplicates' && copies.length <= mostFiles)
      return [{ label: 'Leave the copies out', act: () => correctImages(copies, { as: 'ignored' }) }];
    if (code === 'duplicates-contradict' && contradicting.length <= mostFiles)
      return [
        { label: 'Count them as unlabeled', act: () => correctImages(contradicting, { as: 'unlabeled' }) },
        { label: 'Leave them out', act: () => correctImages(contradicting, { as: 'ignored' }) },
      ];
    return [];
  };

  const suggested = useStudioState((state) => state.source?.reading.notes.sheets?.cell);
  const traits = useStudioState((state) => state.source?.reading.notes.traits);
  if (warnings.length === 0) return null;
  return (
    <div className="grid gap-2">
      {warnings.map((warning) => (
        <Message
          key={warning.code}
          tone={warning.blocking ? 'error' : 'warning'}
          text={warning.text}
          why={warning.why}
          action={warning.action}
        >
          {warning.code === 'names-decoded' && !running && <NameEncoding />}
          {warning.code === 'sheet-offer' && suggested && !running && <CellChoice suggested={suggested} />}
          {/^(?:trait-offer|labels-from-trait)$/.test(warning.code) && traits && !running && (
            <TraitChoice offer={traits} />
          )}
          {warning.code === 'transparent' && !running && <MatteChoice />}
          <span className="flex flex-wrap gap-2 empty:hidden">
            {deeds(warning).map(({ label, act }) => (
              <Button key={label} size="small" onPress={act}>
                {label}
              </Button>
            ))}
          </span>
        </Message>
      ))}
    </div>
  );
}
