import { describe, expect, it } from 'vitest';
import { callSite, stackHere } from './callSite';

describe('call sites', () => {
  it('are the first line outside the engine and its library', () => {
    const stack = `Error: call site
    at StepTracer.compute (/home/me/studio/src/gpu/capture/tracer.ts:40:3)
    at Engine.runKernel (/home/me/studio/node_modules/@tensorflow/tfjs-core/dist/engine.js:500:20)
    at conv2d (file:///home/me/studio/src/gpu/conv2d/conv2d.ts:30:10)
    at Discriminator.forward (/home/me/studio/src/nn/biggan/discriminator.ts:77:15)
    at body (/home/me/studio/src/lcp/discriminatorStep.ts:12:3)`;
    expect(callSite(stack)).toBe('src/nn/biggan/discriminator.ts:77');
  });

  it('are found in a development server’s stacks, and not made up where files are bundled', () => {
    expect(callSite('at f (http://localhost:5173/src/lcp/generatorStep.ts?t=1:9:2)')).toBe(
      'src/lcp/generatorStep.ts:9',
    );
    expect(callSite('f@http://localhost:5173/src/lcp/generatorStep.ts:9:2')).toBe('src/lcp/generatorStep.ts:9');
    expect(callSite('at f (https://studio.example/assets/worker-3f2a.js:1:20931)')).toBeNull();
    expect(callSite(undefined)).toBeNull();
  });

  it('name this very line', () => {
    expect(callSite(stackHere().stack)).toBe('src/gpu/capture/callSite.test.ts:25');
  });
});
