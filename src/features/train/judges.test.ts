// Which judges the quality card offers. The lists are the studio's own files, so that a changed list is judged too.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { imageTowerFile, parseManifest } from '../../clip/manifest';
import type { EvaluationChoice } from '../../state/ports';
import { judgesParts, onlyLooked } from '../../session/evaluation/standing';
import { eyesOf, judgesFor } from './judges';

interface Entry {
  id: string;
  name: string;
  note: string;
  trainedOn?: string;
  files: { bytes: number; sha256: string }[];
}
const listOf = (name: string): string => readFileSync(new URL(`../../../models/${name}.json`, import.meta.url), 'utf8');
const { entries }: { entries: Entry[] } = JSON.parse(listOf('evaluation'));
const networks = (here: readonly string[]): EvaluationChoice[] =>
  entries.map(({ id, name, note, trainedOn, files: [file] }) => ({
    id,
    name,
    note,
    trainedOn,
    bytes: file?.bytes ?? 0,
    hash: file?.sha256 ?? '',
    available: here.includes(id),
  }));
const models = parseManifest(listOf('manifest')).entries.map((entry) => ({
  id: entry.id,
  trainedOn: entry.trainedOn,
  hash: imageTowerFile(entry)?.sha256 ?? '',
}));
const ids = (clip: Parameters<typeof eyesOf>[0], here = ['clip-nano'], critic: string | null = null): string[] =>
  judgesFor(networks(here), eyesOf(clip, critic === null ? null : { id: critic }, models, false)).map(
    ({ network }) => network.id,
  );

describe('the judges of a run', () => {
  it('hold clip-nano for a run with another CLIP, and never for its own', () => {
    expect(ids({ kind: 'manifest', id: 'openai-vit-b-32' })).toEqual(['clip-nano']);
    expect(ids({ kind: 'files' })).toEqual(['clip-nano']);
    expect(ids({ kind: 'manifest', id: 'clip-nano' })).toEqual([]);
  });

  it('are there without any set-up for every CLIP that comes with the studio, and never the run’s own', () => {
    const here = ['clip-nano', 'clip-lit'];
    expect(ids({ kind: 'manifest', id: 'clip-nano' }, here)).toEqual(['clip-lit']);
    expect(ids({ kind: 'manifest', id: 'clip-lit' }, here)).toEqual(['clip-nano']);
    expect(ids({ kind: 'files' }, here)).toEqual(['clip-lit', 'clip-nano']);
  });

  it('hold the CLIP that only looks at the pictures, with a word on it, and not the one that judges', () => {
    const lit = { kind: 'manifest', id: 'clip-lit' };
    expect(ids(lit, ['clip-nano', 'clip-lit'], 'clip-nano')).toEqual(['clip-lit']);
    const cautions = [false, true].map((parts) => {
      const [judge] = judgesFor(networks(['clip-lit']), eyesOf(lit, { id: 'clip-nano' }, models, parts));
      return judge?.caution;
    });
    expect(cautions).toEqual([onlyLooked, judgesParts]);
  });

  it('put ResNet-50 first where it is there', () => {
    const here = ['clip-nano', 'resnet50-imagenet'];
    expect(ids({ kind: 'manifest', id: 'openai-vit-b-32' }, here)[0]).toBe('resnet50-imagenet');
    expect(ids({ kind: 'manifest', id: 'clip-nano' }, here)).toEqual(['resnet50-imagenet']);
  });

  it('warn of a judge that went to the same school as the CLIP', () => {
    const [resnet, nano] = judgesFor(networks(['clip-nano', 'resnet50-imagenet']), {
      clip: { hash: 'lit', trainedOn: 'ImageNet' },
    });
    expect(resnet?.caution).toContain('ImageNet');
    expect(nano?.caution).toBe('');
  });

  it('say of clip-nano that it is small, our own, and not comparable with published figures', () => {
    const nano = networks([]).find(({ id }) => id === 'clip-nano');
    expect(nano?.name).toContain('a small judge of our own');
    expect(nano?.note).toContain('not comparable with published FID');
  });
});
