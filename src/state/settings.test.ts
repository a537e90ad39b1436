/**
 * Settings, taste and advice: everything in the state layer that turns what a user typed or has into something usable.
 */
import { describe, expect, it } from 'vitest';
import { presets } from '../shared/config';
import { allFields, changedFields, editField, parseNumber, presetOf, readField } from './configFields';
import { adviceFor, findBlocker } from './deviceCheck';
import { diagnosticsText } from './diagnostics';
import { bundleName } from './exportBundle';
import { loadPreferences, savePreferences } from './preferences';
import { initialState, Source } from './studioState';
import { interpretFolder } from '../data/interpret';

describe('configFields', () => {
  it('every path exists in every preset', () => {
    for (const preset of Object.values(presets)) {
      for (const { path } of allFields(preset))
        expect(['number', 'boolean', 'string'], path).toContain(typeof readField(preset, path));
    }
  });

  it('marks a changed configuration as custom, and an unchanged one as the preset again', () => {
    const edited = editField(presets.tiny, 'tiny', 'batch', 16);
    if (!edited.ok) throw new Error(edited.message);
    expect(edited.config).toMatchObject({ preset: 'custom', batch: 16 });
    expect(changedFields(edited.config, 'tiny')).toEqual(['batch']);
    const back = editField(edited.config, 'tiny', 'batch', presets.tiny.batch);
    expect(back).toEqual({ ok: true, config: presets.tiny });
  });

  it('counts changes of settings that came with a run from a preset of their base model', () => {
    const edited = editField(presets.stylegan2, 'stylegan2', 'batch', presets.stylegan2.batch / 2);
    if (!edited.ok) throw new Error(edited.message);
    expect(edited.config.preset).toBe('custom');
    expect(presetOf(edited.config)).toBe('stylegan2');
    expect(presetOf(presets.cifar)).toBe('cifar');
  });

  it('does not change the configuration that it was given', () => {
    editField(presets.tiny, 'tiny', 'generator.width', 64);
    expect(presets.tiny.generator.width).toBe(32);
  });

  it.each([
    ['batch', 1, 'At least 2.'],
    ['batch', 8.5, 'A whole number, please.'],
    ['generator.width', 30, 'A multiple of 4.'],
    ['kimg', 0, 'More than 0.'],
    ['sampleColumns', 33, 'At most 32.'],
    ['prompts.contextLength', 5, 'Choose one of the values offered.'],
    ['kimg', Number.NaN, 'A number, please.'],
  ])('refuses %s = %s: %s', (path, value, message) => {
    expect(editField(presets.tiny, 'tiny', path, value)).toEqual({ ok: false, message });
  });

  it.each([
    ['2e-4', 2e-4],
    [' 1,000 ', 1000],
    ['.5', 0.5],
    ['', null],
    ['12px', null],
    ['Infinity', null],
  ])('reads %j as %s', (text, value) => {
    expect(parseNumber(text)).toBe(value);
  });
});

const memory = (content: string | null) => {
  let stored = content;
  return { getItem: () => stored, setItem: (_: string, value: string) => void (stored = value) };
};

describe('preferences', () => {
  it('survive a round trip', () => {
    const storage = memory(null);
    const chosen = {
      theme: 'dark',
      shortcuts: false,
      awake: true,
      smoothing: 0.5,
      explained: false,
      logScale: true,
    } as const;
    savePreferences(storage, chosen);
    expect(loadPreferences(storage)).toEqual(chosen);
  });

  it.each(['{', '[]', 'null', '{"theme": 7, "smoothing": 2}'])('fall back to defaults for %s', (content) => {
    expect(loadPreferences(memory(content))).toEqual({
      theme: 'system',
      shortcuts: true,
      awake: true,
      smoothing: 0.9,
      explained: true,
      logScale: false,
    });
  });

  it('work without any storage', () => {
    const forbidden = {
      getItem: (): string => {
        throw new Error('SecurityError');
      },
      setItem: () => {
        throw new Error('QuotaExceededError');
      },
    };
    const preferences = loadPreferences(forbidden);
    expect(preferences.theme).toBe('system');
    expect(() => savePreferences(forbidden, preferences)).not.toThrow();
  });
});

describe('findBlocker', () => {
  const chrome =
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36';

  it('is null where WebGPU exists', () => {
    expect(findBlocker({ hasWebGpu: true, isSecure: true, userAgent: chrome })).toBeNull();
  });

  it('names an insecure address before anything else', () => {
    expect(findBlocker({ hasWebGpu: false, isSecure: false, userAgent: chrome })?.action).toContain('https');
  });

  it('advises for the browser at hand', () => {
    expect(adviceFor(chrome)).toContain('chrome://gpu');
    const onLinux = adviceFor('Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0');
    expect(onLinux).toContain('dom.webgpu.enabled');
    expect(onLinux).toContain('gfx.webgpu.ignore-blocklist');
    expect(onLinux).not.toContain('Windows');
    expect(adviceFor('Mozilla/5.0 (Windows NT 10.0; rv:120.0) Gecko/20100101 Firefox/120.0')).toContain('Firefox 141');
    expect(
      adviceFor('Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Safari/605.1.15'),
    ).toContain('Safari 26');
  });
});

describe('diagnosticsText', () => {
  it('holds the code and the configuration, and no name of a file, folder or class', () => {
    const paths = ['secretcats/1.png', 'dogs/2.png'];
    const state = { ...initialState(), source: new Source('folder', 'holiday2026', [], interpretFolder(paths)) };
    const why = 'Could not read holiday2026/secretcats/IMG_1.jpg.';
    const text = diagnosticsText(
      state,
      { code: 'format', what: 'A picture is damaged.', why, action: '', detail: 'at secretcats' },
      'test browser',
    );
    expect(text).toContain('error format');
    expect(text).toContain('"batch":8');
    for (const name of ['secretcats', 'holiday2026', 'IMG_1', 'dogs']) expect(text).not.toContain(name);
  });
});

describe('bundleName', () => {
  it('carries the local day and the length', () => {
    expect(bundleName(new Date(2026, 0, 5), 0.25)).toBe('lcp-gan-2026-01-05-0.25kimg.zip');
    expect(bundleName(new Date(2026, 10, 22), 1200.4)).toBe('lcp-gan-2026-11-22-1200kimg.zip');
    expect(bundleName(new Date(2026, 10, 22), 4)).toBe('lcp-gan-2026-11-22-4kimg.zip');
  });
});
