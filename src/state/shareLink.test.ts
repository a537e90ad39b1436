import { expect, it } from 'vitest';
import { presets } from '../shared/config';
import { editField } from './configFields';
import { readFragment, shareFragment } from './shareLink';

const fragment = (content: unknown) => `#config=1.${btoa(JSON.stringify(content))}`;

it('a configuration survives the way through an address', () => {
  const edited = editField(presets.standard, 'standard', 'batch', 24);
  if (!edited.ok) throw new Error(edited.message);
  const again = editField(edited.config, 'standard', 'augment.mode', 'ada');
  if (!again.ok) throw new Error(again.message);
  const link = shareFragment(again.config, 'standard', { kind: 'manifest', id: 'clip-lit' });
  expect(link).toMatch(/^#config=1\.[\w-]+$/);
  expect(readFragment(link)).toEqual({ preset: 'standard', config: again.config, clip: 'clip-lit', left: [] });
  // Files of the user's own are never named.
  expect(readFragment(shareFragment(presets.tiny, 'tiny', { kind: 'files', files: [] }))?.clip).toBeNull();
});

it('what this version does not know, or does not take, is left out and named', () => {
  const found = readFragment(fragment({ preset: 'tiny', changes: { batch: -3, kimg: 2, 'no.such': 1 } }));
  expect(found).toMatchObject({ preset: 'tiny', left: ['batch', 'no.such'], config: { kimg: 2, batch: 8 } });
});

it.each([
  '',
  '#config=2.e30',
  '#config=1.%%%',
  '#elsewhere',
  fragment({ preset: 'nothing', changes: {} }),
  fragment([]),
])('ignores %s', (text) => {
  expect(readFragment(text)).toBeNull();
});
