/**
 * Where the pictures of a data set are looked at through CLIP: on the GPU if it is a real one and agrees with the
 * processor, else on the processor. A GPU that fails in mid-way gives way to the processor; nothing that was computed
 * is lost.
 */
import type { FrozenClip } from '../../clip/frozen';
import { GpuEncoderRefused, openGpuEncoder, type ImageEncoder } from '../../clip/imageEncoder';
import type { ClipModel } from '../../clip/model';
import { acquireDevice } from '../../gpu/device/device';
import type { EventPort, FeaturesPort } from '../ports';

/** Below so many pictures the check and the larger build of onnxruntime cost more than they save. */
const WORTH_IT = 200;

export interface ChosenEncoder extends ImageEncoder {
  readonly place: 'GPU' | 'processor';
}

/** What opens a device and an encoder on it; tests give their own. */
const openers = { acquireDevice, openGpuEncoder };

/** @param count pictures that will be looked at. Closing the result leaves `clip` open. */
export async function chooseEncoder(
  ports: EventPort & FeaturesPort,
  model: ClipModel,
  clip: FrozenClip,
  count: number,
  open: typeof openers = openers,
): Promise<ChosenEncoder> {
  const processor: ChosenEncoder = {
    place: 'processor',
    rows: clip.rows,
    encodeImages: (pixels) => clip.encodeImages(pixels),
    close: () => Promise.resolve(),
  };
  if (!ports.featuresOnGpu || count < WORTH_IT) return processor;
  const tell = (text: string): void =>
    ports.emit({ type: 'notice', tone: 'info', code: 'features-place', text, action: '' });
  try {
    const { device, adapter } = await open.acquireDevice(ports.gpu);
    if (adapter.isFallback) {
      device.destroy();
      return processor;
    }
    const gpu = await open.openGpuEncoder(model, clip, device);
    tell(
      `The GPU looks at the pictures, ${gpu.rows} at a time: on test pictures it gave the same features as the processor.`,
    );
    return switching(gpu, processor, tell);
  } catch (error) {
    // Whatever went wrong there, the processor can do it.
    tell(
      `The processor looks at the pictures: ${error instanceof GpuEncoderRefused ? error.message : 'the GPU could not be opened a second time'}.`,
    );
    return processor;
  }
}

/** The GPU until it fails, then the processor. */
function switching(gpu: ImageEncoder, processor: ImageEncoder, tell: (text: string) => void): ChosenEncoder {
  let current = gpu;
  return {
    place: 'GPU',
    rows: gpu.rows,
    async encodeImages(pixels) {
      try {
        return await current.encodeImages(pixels);
      } catch (error) {
        if (current === processor) throw error;
        current = processor;
        tell('The GPU stopped looking at the pictures; the processor goes on.');
        await gpu.close();
        return processor.encodeImages(pixels);
      }
    },
    close: async () => {
      if (current === gpu) await gpu.close();
    },
  };
}
