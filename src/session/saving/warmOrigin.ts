/** The networks of an earlier run, from where it was kept or from an exported file: what another run begins with. */
import { readCheckpoint } from '../../lcp/checkpoint/checkpoint';
import type { HeadClips, WarmStart } from '../../lcp/training/warmStart';
import { StudioError } from '../../shared/errors';
import type { Origin } from '../protocol/commands';
import type { SessionPorts } from '../sessionPorts';

/** @throws StudioError where the run is no longer kept, or the file is no checkpoint */
export async function readOrigin({ runStore }: Pick<SessionPorts, 'runStore'>, origin: Origin): Promise<WarmStart> {
  if (origin.kind === 'file') {
    const { classes, slots, clip, critic, trainer } = readCheckpoint(new Uint8Array(await origin.file.arrayBuffer()));
    return { classes, slots, tensors: trainer.tensors, clips: clip && headClips(clip, critic) };
  }
  const saved = await runStore?.load(origin.run);
  if (!saved) throw gone();
  const { about, knowledge, snapshot } = saved;
  const { classes, clip, critic } = about.identity;
  const { slots } = knowledge.partition;
  return { classes, slots, tensors: snapshot.trainer.tensors, clips: headClips(clip, critic) };
}

/** @param critic absent where `clip` judged, too */
function headClips(clip: { hash: string }, critic: { hash: string } = clip): HeadClips {
  return { prompts: clip.hash, critic: critic.hash };
}

function gone(): StudioError {
  return new StudioError({
    code: 'config-invalid',
    what: 'The run that this one was to begin with is no longer kept here.',
    why: 'It was deleted, or made room for newer ones.',
    action: 'Choose another run, or start without its networks.',
  });
}
