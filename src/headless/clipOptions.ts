/** The options by which a command that trains is given its CLIPs. */
import { loadManifest } from '../clip/load';
import type { LoadIo } from '../clip/loadIo';
import { defaultClip } from '../clip/model';
import { UsageError } from './commandLine';

export const clipOptions = {
  clip: { value: 'ID', about: 'CLIP of models/manifest.json that looks at the pictures.', default: defaultClip },
  critic: {
    value: 'ID',
    about:
      'CLIP that judges samples in training; default: the critic that the list names for --clip, or --clip itself.',
  },
} as const;

/** Which CLIP judges samples. @throws UsageError naming an id that is not in the list */
export async function chosenCritic(
  { clip, critic }: { clip: string; critic: string | undefined },
  io: LoadIo,
): Promise<string> {
  const { entries } = await loadManifest(io);
  const ids = entries.map(({ id }) => id);
  for (const id of [clip, critic ?? clip])
    if (!ids.includes(id)) throw new UsageError(`There is no CLIP "${id}". There are: ${ids.join(', ')}.`);
  return critic ?? entries.find(({ id }) => id === clip)?.critic ?? clip;
}
