/**
 * Makes tensors that outlive the step being captured. A tensor made while a step is captured belongs to that step's
 * plan; constants that several steps share (the weights of a frozen network, met for the first time) must not.
 */
import { currentBackend } from '../current';

/** Runs `make` as if no capture were going on. It may create tensors from host values, but must not run operations. */
export function outsideCapture<T>(make: () => T): T {
  const backend = currentBackend();
  const { tracer } = backend;
  backend.tracer = null;
  try {
    return make();
  } finally {
    backend.tracer = tracer;
  }
}
