/**
 * Labels in file names ("cat.0.jpg", "dog (12).png", "0042_frog.png"): found, and offered, never taken unasked, because
 * a name may as well be that of a camera or of a day.
 */
import { folded, shownName } from './folderNames';

const cameras =
  /^(?:img|image|dsc[nf]?|dscf|pxl|photo|picture|pic|frame|screenshot|screen|scan|scene|file|untitled|p|mvimg|gopr|dji|vlcsnap|video|vid|cam|camera|whatsapp|signal|page|sample|example|test|train|val|data|fig|figure|tile|patch|crop|copy|output|render|out|seed|new|version|capture|shot|snap|item|object|id|no|nr|num|number|a|an|the|[a-f\d]{6,})$/i;

/** Of a picture in a sheet ("sheet#cat 1"), what it is called there; else what the sheet is called. */
function labelIn(name: string): string | null {
  const stem = name.replace(/\.[^.]*$/, '').normalize('NFC');
  const mark = stem.lastIndexOf('#');
  if (mark < 0) return labelInStem(stem);
  return labelInStem(stem.slice(mark + 1)) ?? labelInStem(stem.replace('#', ' '));
}

/** The label that a name begins with, before its running number; or ends with, after it. */
function labelInStem(stem: string): string | null {
  const front = /^(\p{L}[\p{L}\p{M} '&+_.-]*?)[ ._-]*\(?\d[\d ._()-]*(?:[a-z]|copy)?$/iu.exec(stem)?.[1];
  const back = front === undefined ? /^\d+[ ._-]+(\p{L}[\p{L}\p{M} '&+_.-]*)$/u.exec(stem)?.[1] : front;
  const label = back?.replaceAll(/[_]+/g, ' ').replace(/[ .-]+$/, '');
  return label === undefined || label === '' || cameras.test(label.split(/[ .-]/)[0] ?? '') ? null : shownName(label);
}

export interface NameLabels {
  /** For each name its label, or null. */
  labels: (string | null)[];
  classes: string[];
  /** How many have one. */
  labeled: number;
}

/** Null where the names do not look labeled: fewer than two classes, or classes of hardly more than a picture each. */
export function labelsInNames(names: readonly string[]): NameLabels | null {
  const labels = names.map(labelIn);
  const counts = new Map<string, number>();
  for (const label of labels) if (label !== null) counts.set(folded(label), (counts.get(folded(label)) ?? 0) + 1);
  const kept = labels.map((label) => (label !== null && (counts.get(folded(label)) ?? 0) > 1 ? label : null));
  const labeled = kept.filter((label) => label !== null).length;
  const classes = [...new Set(kept.flatMap((label) => (label === null ? [] : [label])))].toSorted();
  if (classes.length < 2 || labeled * 2 < names.length || classes.length * 2 > labeled) return null;
  return { labels: kept, classes, labeled };
}
