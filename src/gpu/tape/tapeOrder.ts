/**
 * Mends the tape's order. An operation that saves an output for its gradient (exp, tanh, sigmoid, softmax, ...) saves a
 * copy, and tfjs 4.22 records that copy before the operation itself. Differentiating again walks the tape in order,
 * meets the copy of something that nothing has produced yet, and silently drops every second derivative through it.
 * Here an operation is moved before the copies of its outputs.
 */
import { engine as tfEngine, type Tensor } from '@tensorflow/tfjs-core';

interface TapeNode {
  inputs: Record<string, Tensor>;
  outputs: Tensor[];
}

interface EngineInternals {
  state: { activeTape: TapeNode[] | null };
  addTapeNode: (...args: unknown[]) => void;
  tapeOrderMended?: boolean;
}

/** Puts the last node before the earliest of the nodes just recorded that read its outputs. */
function moveBeforeReaders(tape: TapeNode[]): void {
  const node = tape.at(-1);
  if (!node) return;
  const made = new Set(node.outputs.map(({ id }) => id));
  let place = tape.length - 1;
  // Copies are recorded right before their operation, so the search ends at the first node that is none.
  while (place > 0 && Object.values(tape[place - 1]?.inputs ?? {}).some((input) => made.has(input.id))) place--;
  if (place === tape.length - 1) return;
  tape.pop();
  tape.splice(place, 0, node);
}

/** Call once when an engine is created; again does nothing. */
export function mendTapeOrder(): void {
  const engine = tfEngine() as unknown as EngineInternals;
  if (engine.tapeOrderMended) return;
  engine.tapeOrderMended = true;
  const record = engine.addTapeNode.bind(engine);
  engine.addTapeNode = (...args) => {
    record(...args);
    if (engine.state.activeTape) moveBeforeReaders(engine.state.activeTape);
  };
}
