/**
 * How an operation of ours enters the tape: a kernel (a function on tensor infos that records dispatches) and a
 * gradient written in registered operations, so that it can be differentiated to any order. `defineOp` returns the
 * function that models call.
 */
// oxlint-disable-next-line import/no-unassigned-import -- registers the stock kernels, which ours then replace
import '@tensorflow/tfjs-backend-webgpu';
// oxlint-disable-next-line import/no-unassigned-import -- registers the stock gradients
import '#tfjs-gradients';
import {
  engine as tfEngine,
  getKernel,
  registerGradient,
  registerKernel,
  unregisterKernel,
  type KernelConfig,
  type NamedAttrMap,
  type Tensor,
  type TensorInfo,
} from '@tensorflow/tfjs-core';

export const backendName = 'webgpu';

export interface OpDefinition<Input extends string, Attrs extends object, Output extends Tensor | Tensor[]> {
  /** Unique, e.g. 'BiasAct'. */
  name: string;
  /** Records the dispatches and returns the outputs in order. Optional inputs may be absent. */
  forward: (inputs: { [name in Input]: TensorInfo }, attrs: Attrs) => TensorInfo[];
  /** Inputs that `backward` needs; each must be present in every call. */
  saveInputs?: readonly Input[];
  /** One flag an output: does `backward` need it? */
  saveOutputs?: readonly boolean[];
  /**
   * The vector-Jacobian product. `saved` holds the saved inputs, then the saved outputs. Returns one thunk an input
   * that was given, each made of differentiable operations. Leave `backward` out for operations that are never
   * differentiated.
   */
  backward?: (dy: Output, saved: Tensor[], attrs: Attrs) => { [name in Input]?: () => Tensor };
}

type Run<Input extends string, Attrs extends object, Output> = (
  inputs: { [name in Input]?: Tensor | undefined },
  attrs: Attrs,
) => Output;

function define<Input extends string, Attrs extends object, Output extends Tensor | Tensor[]>(
  op: OpDefinition<Input, Attrs, Output>,
): Run<Input, Attrs, Output> {
  overrideKernel(op.name, ({ inputs, attrs }) => {
    const outputs = op.forward(inputs as { [name in Input]: TensorInfo }, attrs as unknown as Attrs);
    const [only] = outputs;
    return outputs.length === 1 && only ? only : outputs; // an array would make the tape hand out a list
  });
  const { backward } = op;
  if (backward) {
    overrideGradient(op.name, {
      inputsToSave: [...(op.saveInputs ?? [])],
      outputsToSave: [...(op.saveOutputs ?? [])],
      gradFunc: (dy, saved, attrs) =>
        backward(dy as Output, saved, attrs as unknown as Attrs) as Record<string, () => Tensor>,
    });
  }
  return (inputs, attrs) => {
    const present = Object.fromEntries(
      Object.entries<Tensor | undefined>(inputs).filter(([, tensor]) => tensor != null),
    ) as Record<string, Tensor>;
    return tfEngine().runKernel(op.name, present, attrs as unknown as NamedAttrMap) as unknown as Output;
  };
}

/** Registers an operation with one output (again, if need be) and returns the function that runs it. */
export function defineOp<Input extends string, Attrs extends object = Record<string, never>>(
  op: OpDefinition<Input, Attrs, Tensor>,
): Run<Input, Attrs, Tensor> {
  return define(op);
}

/** Registers an operation with two or more outputs; its `backward` gets one dy an output. */
export function defineMultiOp<Input extends string, Attrs extends object = Record<string, never>>(
  op: OpDefinition<Input, Attrs, Tensor[]>,
): Run<Input, Attrs, Tensor[]> {
  return define(op);
}

/**
 * Replaces (or adds) the kernel of a named operation on our backend. Gradients stay as they are.
 * @returns the former kernel function
 */
export function overrideKernel(
  name: string,
  kernelFunc: KernelConfig['kernelFunc'],
): KernelConfig['kernelFunc'] | undefined {
  const former = getKernel(name, backendName) as KernelConfig | undefined;
  if (former) unregisterKernel(name, backendName);
  registerKernel({ kernelName: name, backendName, kernelFunc });
  return former?.kernelFunc;
}

/** Replaces (or adds) the gradient of a named operation, for every backend. */
export function overrideGradient(
  name: string,
  gradient: Omit<Parameters<typeof registerGradient>[0], 'kernelName'>,
): void {
  registerGradient({ kernelName: name, ...gradient });
}
