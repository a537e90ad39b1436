/** The names of the classes as CLIP's text tower reads them. */
import { classFeatures } from '../../clip/zeroShot';
import type { EventPort } from '../ports';
import { ProgressMeter } from '../run/progressMeter';
import type { OpenClip } from './openClip';

/** Unit text features, [C, d]; null where this CLIP reads no texts. */
export async function nameClasses(
  ports: EventPort,
  { model, frozen }: Pick<OpenClip, 'model' | 'frozen'>,
  classes: readonly string[],
): Promise<Float32Array | null> {
  if (!frozen.hasText) return null;
  const meter = new ProgressMeter(
    { phase: 'labels', label: 'Reading the class names', unit: 'steps', total: classes.length },
    ports.emit,
  );
  return classFeatures(frozen, model, classes, (done) => meter.update(done));
}
