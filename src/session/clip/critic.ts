/**
 * Two towers (docs/method.md, section 4): the CLIP that looks at the pictures need not be the one that judges samples in
 * training. Its critic is an image tower alone, of a listed CLIP, differentiable on the GPU. Most CLIPs are their own.
 */
import { openFrozenClip } from '../../clip/frozen';
import { loadImageTower } from '../../clip/load';
import type { ClipModel } from '../../clip/model';
import { checkTwin } from '../../clip/twin/checkTwin';
import { imageTwin, type ImageTwin } from '../../clip/twin/imageTwin';
import type { RunConfig } from '../../shared/config';
import { StudioError } from '../../shared/errors';
import type { ClipPort, EventPort } from '../ports';
import { ProgressMeter } from '../run/progressMeter';
import { rest, type Gate } from '../run/runControl';
import type { OpenClip } from './openClip';

/** What the CLIP head looks through. */
export interface Critic {
  model: ClipModel;
  image: ImageTwin;
}

/**
 * The listed CLIP that judges in place of `eyes`; null where they judge for themselves, or nothing is judged by CLIP.
 * @param asked id of the one that is wanted; default what the list says of `eyes`
 */
export function criticFor(
  eyes: Pick<ClipModel, 'id' | 'critic'>,
  { clipHead }: Pick<RunConfig, 'clipHead'>,
  asked: string | undefined = eyes.critic,
): string | null {
  return asked === undefined || asked === eyes.id || clipHead.weight === 0 ? null : asked;
}

/** Loads a critic's image tower. Throws a `StudioError` that names it, or `RunStopped`. */
export async function loadCritic(
  ports: EventPort & ClipPort,
  id: string,
  eyes: Pick<ClipModel, 'name'>,
  control: Gate,
): Promise<ClipModel> {
  const label = 'Loading the CLIP that judges samples';
  const meter = new ProgressMeter({ phase: 'clip', label, unit: 'bytes', total: 0 }, ports.emit);
  try {
    return await loadImageTower(id, ports.clipIo, (done, total) => meter.update(done, total), {
      gate: () => rest(control, meter),
      signal: control.signal,
    });
  } catch (error) {
    throw error instanceof StudioError ? unreachable(id, eyes.name, error) : error;
  }
}

function unreachable(id: string, eyes: string, cause: StudioError): StudioError {
  const { code, what, why, action } = cause.info;
  const absent = code === 'clip-missing' || code === 'clip-download';
  return new StudioError(
    {
      ...cause.info,
      what: `${id}, which judges samples where ${eyes} looks at the pictures, cannot be used.`,
      why: [what, why].filter(Boolean).join(' '),
      action: absent ? 'Check the network and start again, or choose a CLIP that judges samples itself.' : action,
    },
    { cause },
  );
}

/**
 * The critic on the GPU that is in use now, held to onnxruntime as every twin is: the twin of `clip` itself where it is
 * its own critic. Throws 'clip-mismatch' or 'clip-unsupported'.
 */
export async function openCritic(ports: EventPort, model: ClipModel, clip: OpenClip): Promise<Critic> {
  if (model === clip.model) return { model, image: clip.image };
  const label = `Checking ${model.name} on this GPU`;
  const checking = new ProgressMeter({ phase: 'clip', label, unit: 'steps', total: 0 }, ports.emit);
  const frozen = await openFrozenClip(model);
  try {
    const image = await imageTwin(model);
    try {
      await checkTwin(model, frozen, { image, text: null });
    } catch (error) {
      image.dispose();
      throw error;
    }
    checking.update(1, 1);
    return { model, image };
  } finally {
    await frozen.close();
  }
}

/** Frees what the critic has on the GPU beside the twins of `clip`. */
export function closeCritic({ image }: Critic, clip: Pick<OpenClip, 'image'>): void {
  if (image !== clip.image) image.dispose();
}
