/**
 * A configuration as the fragment of an address: which preset, what differs from it, and which listed CLIP. Versioned;
 * never anything of the data. A fragment goes to no server, and what it says is checked like what a user types.
 */
import * as v from 'valibot';
import { presets, type PresetId, type RunConfig } from '../shared/config';
import { changedFields, editField, readField } from './configFields';
import type { ClipSelection } from './studioState';

const prefix = '#config=1.';
const schema = v.object({
  preset: v.picklist(Object.keys(presets) as [PresetId, ...PresetId[]]),
  changes: v.record(v.string(), v.union([v.number(), v.boolean(), v.string()])),
  clip: v.optional(v.string()),
});

export interface SharedSettings {
  preset: PresetId;
  config: RunConfig;
  /** Id of a listed CLIP. */
  clip: string | null;
  /** Paths of fields that this version of the studio does not know, or whose value it does not take. */
  left: string[];
}

const toText = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));
const toUrl = (text: string): string => text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

/** E.g. "#config=1.eyJwcmV…". */
export function shareFragment(config: RunConfig, preset: PresetId, clip: ClipSelection): string {
  const changes = Object.fromEntries(changedFields(config, preset).map((path) => [path, readField(config, path)]));
  const content = { preset, changes, ...(clip.kind === 'manifest' ? { clip: clip.id } : {}) };
  return prefix + toUrl(toText(new TextEncoder().encode(JSON.stringify(content))));
}

/** Null where the fragment is none of these, damaged, or of a newer version. */
export function readFragment(fragment: string): SharedSettings | null {
  if (!fragment.startsWith(prefix)) return null;
  const parsed = v.safeParse(schema, decoded(fragment.slice(prefix.length)));
  if (!parsed.success) return null;
  const { preset, changes, clip } = parsed.output;
  let config: RunConfig = presets[preset];
  const left: string[] = [];
  for (const [path, value] of Object.entries(changes)) {
    const known = readField(config, path) !== undefined;
    const edited = known ? editField(config, preset, path, value) : null;
    if (edited?.ok) ({ config } = edited);
    else left.push(path);
  }
  return { preset, config, clip: clip ?? null, left };
}

function decoded(text: string): unknown {
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) =>
      letter.charCodeAt(0),
    );
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null;
  }
}
