/**
 * The CLIP of a run, both ways (architecture: one ONNX file, twice): frozen in onnxruntime for features and class
 * names, and as differentiable twins on the GPU for prompts and for the critic. The twins are compared with onnxruntime
 * before anything relies on them.
 */
import { loadClip } from '../../clip/load';
import { openFrozenClip, type FrozenClip } from '../../clip/frozen';
import type { ClipModel } from '../../clip/model';
import { checkTwin } from '../../clip/twin/checkTwin';
import { imageTwin, type ImageTwin } from '../../clip/twin/imageTwin';
import { textTwin, type TextTwin } from '../../clip/twin/textTwin';
import type { ClipTokenizer } from '../../clip/tokenizer';
import { readOnnx } from '../../formats/onnx';
import { fixedRows, pictureInput, tokenInputs } from '../../clip/recognize';
import { StudioError, toErrorInfo } from '../../shared/errors';
import { wordIndex, type WordIndex } from '../../clip/words';
import type { ClipSource } from '../protocol/commands';
import type { ClipPort, EventPort } from '../ports';
import { ProgressMeter } from '../run/progressMeter';
import { rest, type Gate } from '../run/runControl';

/** The text side, where there is one. */
export interface OpenText {
  twin: TextTwin;
  tokenizer: ClipTokenizer;
  words: WordIndex;
}

export interface OpenClip {
  model: ClipModel;
  frozen: FrozenClip;
  image: ImageTwin;
  text: OpenText | null;
}

/** `control` may pause or stop it between any two pieces of a download. Throws a `StudioError`, or `RunStopped`. */
export async function openClip(ports: EventPort & ClipPort, source: ClipSource, control: Gate): Promise<OpenClip> {
  const meter = new ProgressMeter({ phase: 'clip', label: 'Loading CLIP', unit: 'bytes', total: 0 }, ports.emit);
  const dropped = source.kind === 'files' ? { kind: source.kind, files: source.files } : source;
  const model = await loadClip(dropped, ports.clipIo, (done, total) => meter.update(done, total), {
    gate: () => rest(control, meter),
    signal: control.signal,
  });
  if (model.standIn) tellStandIn(ports, model);
  const opening = new ProgressMeter(
    { phase: 'clip', label: `Opening ${model.name}`, unit: 'steps', total: 0 },
    ports.emit,
  );
  const frozen = await openFrozenClip(model);
  try {
    await rest(control, opening);
    return await openTwins(ports, { model, frozen });
  } catch (error) {
    await frozen.close();
    throw error;
  }
}

/**
 * The twins of a CLIP that is loaded, on the GPU that is in use now: at the start of a run, and again after the GPU was
 * lost. Throws 'clip-mismatch' or 'clip-unsupported', and leaves the CLIP as it is.
 */
export async function openTwins(
  ports: EventPort,
  { model, frozen }: Pick<OpenClip, 'model' | 'frozen'>,
): Promise<OpenClip> {
  const checking = new ProgressMeter(
    { phase: 'clip', label: `Checking ${model.name} on this GPU`, unit: 'steps', total: 0 },
    ports.emit,
  );
  let image: ImageTwin;
  let text: OpenText | null;
  try {
    image = await imageTwin(model);
    text = await openText(model);
  } catch (error) {
    throw ofFixedRows(model, error) ?? error;
  }
  // The graph decides, not the configuration: a SigLIP without its config.json is told here.
  if (text && !text.twin.stops) frozen.padTexts();
  const clip = { model, frozen, image, text };
  try {
    await checkTwin(model, frozen, { image, text: text?.twin ?? null });
  } catch (error) {
    closeTwins(clip);
    throw ofFixedRows(model, error) ?? error;
  }
  checking.update(1, 1);
  return clip;
}

/** A file that insists on its number of rows is to blame for what fails in it, not the graphics card. */
function ofFixedRows({ vision, text }: ClipModel, cause: unknown): StudioError | null {
  const picture = fixedRows(pictureInput(readOnnx(vision)));
  const words = text ? fixedRows(tokenInputs(readOnnx(text)).ids) : null;
  if (picture === null && words === null) return null;
  const { detail } = toErrorInfo(cause);
  return new StudioError(
    {
      code: 'clip-unsupported',
      what: `This CLIP was exported for ${picture ?? words ?? 1} ${picture === null ? 'text' : 'picture'}${(picture ?? words) === 1 ? '' : 's'} at a time, and works for no other number.`,
      why: 'Training looks at a whole batch at once, and the file has its number of rows built in.',
      action: 'Export it again with a dynamic batch dimension (in PyTorch: dynamic_axes), or choose another CLIP.',
      detail,
    },
    { cause },
  );
}

function tellStandIn(ports: EventPort, { name }: ClipModel): void {
  const text = `${name} is a small stand-in that knows everyday things only.`;
  ports.emit({
    type: 'notice',
    tone: 'info',
    code: 'clip-stand-in',
    text,
    action:
      'For your own subjects, choose OpenAI CLIP ViT-B/32 before the next run, or drop the files of a CLIP of your own.',
  });
}

async function openText(model: ClipModel): Promise<OpenText | null> {
  if (!model.text || !model.tokenizer) return null;
  const twin = await textTwin(model);
  return { twin, tokenizer: model.tokenizer, words: wordIndex(twin.table, model.tokenizer) };
}

/** Frees what lies on the GPU. */
export function closeTwins({ image, text }: Pick<OpenClip, 'image' | 'text'>): void {
  image.dispose();
  text?.twin.dispose();
}
