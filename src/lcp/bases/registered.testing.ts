/**
 * A base model that is registered while a file of tests runs, and taken out again: test files may share their modules,
 * so tables are extended in place, never mocked.
 */
import * as v from 'valibot';
import { afterAll, beforeAll } from 'vitest';
import { runConfigSchema } from '../../shared/config';
import { allBaseFacts } from './facts';
import { baseModels } from './registry';

interface Registered {
  model: unknown;
  facts: unknown;
  /** What its configurations say beside, or in place of, what BigGAN's do. */
  entries?: v.ObjectEntries;
}

const options = runConfigSchema.options as unknown as v.ObjectSchema<v.ObjectEntries, undefined>[];

export function registerWhileTesting(name: string, { model, facts, entries = {} }: Registered): void {
  beforeAll(() => {
    options.push(v.object({ ...options[0]?.entries, ...entries, base: v.literal(name) }));
    Object.assign(baseModels, { [name]: model });
    Object.assign(allBaseFacts, { [name]: facts });
  });
  afterAll(() => {
    options.pop();
    for (const table of [baseModels, allBaseFacts]) Reflect.deleteProperty(table, name);
  });
}
