/**
 * Gradients that the tensor library lacks. Each is the exact adjoint, written in operations that are differentiable
 * themselves, so that R1 and other second-order terms work through every operation of the front end (`tensor.ts`), not
 * only through our own. The registry is global: `registerMissingGradients` is called once when an engine is created and
 * may be called again.
 */
import { registerContraction } from '../stockGradients/contraction';
import { registerConvolutions } from '../stockGradients/convolution';
import { registerPiecewise } from '../stockGradients/piecewise';
import { registerResampling } from '../stockGradients/resampling';
import { registerTransform } from '../stockGradients/transform';

export function registerMissingGradients(): void {
  registerPiecewise();
  registerConvolutions();
  registerResampling();
  registerContraction();
  registerTransform();
}
