/** The last phase before training: the GPU is checked, the steps are captured and their kernels compiled. */
import { checkGpu, keepProductChoices } from '../training/gpuChecks';
import { withMemoryAdvice } from '../training/memoryAdvice';
import { Training, type TrainingOptions } from '../training/training';
import { ProgressMeter } from './progressMeter';
import type { Attempt } from './runControl';

/**
 * Training that is ready to go on from the newest snapshot of its memory, or to begin where there is none.
 * @throws StudioError, with advice where memory ran out, or the loss of the attempt's GPU
 */
export async function compileTraining(options: TrainingOptions & { control: Attempt }): Promise<Training> {
  const { ports, engine, config, control } = options;
  const meter = new ProgressMeter(
    { phase: 'compile', label: 'Compiling the training step', unit: 'steps', total: 100 },
    ports.emit,
  );
  await checkGpu(engine, ports);
  control.check();
  const training = new Training(options);
  try {
    await training.prepare((done, total) => meter.update(Math.floor((100 * done) / total)));
    await engine.settle();
    keepProductChoices(ports);
  } catch (error) {
    training.dispose();
    throw withMemoryAdvice(error, config);
  }
  control.checkOr(() => training.dispose());
  meter.update(100);
  return training;
}
