/**
 * From a tree of folders to what each picture's folder says: its class, no label, or left out. A level is a set of
 * classes unless it shows itself to be something else: parts of a data set ("train", "test"), shards, wrappers, or
 * folders that all hold the same folders. Those are looked through, and what lies in them without a folder of its own
 * has no label. A person's corrections come first. Pure and linear in the number of folders.
 */
import {
  folded,
  isCameraName,
  isMaskName,
  isMonthName,
  isShardName,
  isSizeName,
  isSplitName,
  isUnlabeledName,
  isVagueShardName,
  isWrapperName,
  isYearName,
  sameThing,
  shownName,
  splitRemainder,
} from './folderNames';

export interface FolderNode {
  name: string;
  /** '/'-separated, from what was dropped. */
  path: string;
  /** Pictures that lie directly in it, as positions in the list. */
  pictures: number[];
  /** File names of these, for running numbers. */
  names: string[];
  children: Map<string, FolderNode>;
}

export type FolderRole =
  | { as: 'class'; name: string }
  | { as: 'unlabeled' }
  | { as: 'ignored' }
  /** Not a class itself: the folders inside are looked at. */
  | { as: 'through' };

/** What a person said about a folder, by its path; '<path>/*' are the pictures directly in it. */
export type Corrections = Readonly<Record<string, FolderRole>>;

/** A folder (or the pictures directly in one) and what it was taken for. */
export interface FolderGroup {
  path: string;
  role: Exclude<FolderRole, { as: 'through' }>;
  pictures: number[];
}

/** Why folders were looked through. */
export type ThroughKind = 'split' | 'shard' | 'shared' | 'wrapper';

export interface LayoutReading {
  groups: FolderGroup[];
  through: { path: string; name: string; kind: ThroughKind; flat: boolean }[];
  /** Folders left out as masks of the pictures beside them. */
  masks: string[];
  /** Classes whose folder has several in it that might be classes, with these. */
  inside: { name: string; folders: string[] }[];
}

type Plan = { roles: Map<FolderNode, { role: FolderRole; kind: ThroughKind | null }>; classes: Set<string> };

const newNode = (name: string, path: string): FolderNode => ({
  name,
  path,
  pictures: [],
  names: [],
  children: new Map(),
});

/** @param folders for each picture its folders, outermost first; @param names its file name */
export function folderTree(folders: readonly (readonly string[])[], names: readonly string[]): FolderNode {
  const root = newNode('', '');
  folders.forEach((path, picture) => {
    let at = root;
    for (const name of path) {
      let next = at.children.get(name);
      if (!next) {
        next = newNode(name, at.path === '' ? name : `${at.path}/${name}`);
        at.children.set(name, next);
      }
      at = next;
    }
    at.pictures.push(picture);
    at.names.push(names[picture] ?? '');
  });
  return root;
}

const isFlat = (node: FolderNode): boolean => node.children.size === 0;
const isSplit = (node: FolderNode): boolean => isSplitName(node.name);
const asClass = (node: FolderNode): FolderRole => ({ as: 'class', name: shownName(node.name) });

/** True where the numbers in file names run on from each folder to the next, as in shards of one long list. */
function numbersRunOn(nodes: readonly FolderNode[]): boolean {
  let last = -1;
  for (const node of nodes.toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))) {
    let least = Infinity;
    let most = -Infinity;
    for (const name of node.names) {
      const number = Number(/(\d+)\D*$/.exec(name.replace(/\.[^.]*$/, ''))?.[1] ?? NaN);
      if (Number.isNaN(number)) return false;
      least = Math.min(least, number);
      most = Math.max(most, number);
    }
    if (!isFlat(node) || least <= last) return false;
    last = most;
  }
  return true;
}

/** Whether some folder inside is one for pictures, so that one for masks beside it is no class. */
const holdsPictures = (node: FolderNode): boolean =>
  [...node.children.values()].some(({ name }) => isWrapperName(name) || isSplitName(name));

/** Nothing but one folder is in it. */
const isAlone = (node: FolderNode): boolean => node.children.size === 1 && node.pictures.length === 0;

/** A year with nothing but months in it: pictures are filed by date. */
const isFiledByMonth = (node: FolderNode): boolean =>
  isYearName(node.name) && node.children.size > 0 && [...node.children.values()].every(({ name }) => isMonthName(name));

/** "trainA", "trainB", "testA", "testB": the class of each, where every name is a part's and each class has several. */
function classesInParts(nodes: readonly FolderNode[]): string[] | null {
  const names = nodes.map(({ name }) => splitRemainder(name));
  const counts = new Map<string, number>();
  for (const name of names) {
    if (!name) return null;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts.size > 1 && nodes.every(isFlat) && [...counts.values()].every((count) => count > 1)
    ? (names as string[])
    : null;
}

class Planner {
  private readonly plans = new Map<FolderNode, Plan>();

  constructor(private readonly corrections: Corrections) {}

  plan(node: FolderNode): Plan {
    const known = this.plans.get(node);
    if (known) return known;
    const roles: Plan['roles'] = new Map();
    const open: FolderNode[] = [];
    const hasPictures = holdsPictures(node);
    for (const child of node.children.values()) {
      const said = Object.hasOwn(this.corrections, child.path) ? this.corrections[child.path] : undefined;
      if (said) roles.set(child, { role: said, kind: null });
      else if (isUnlabeledName(child.name) && (isFlat(child) || !isAlone(node)))
        roles.set(child, { role: { as: 'unlabeled' }, kind: null });
      else if (isMaskName(child.name) && hasPictures) roles.set(child, { role: { as: 'ignored' }, kind: null });
      else if (isCameraName(child.name) && isFlat(child)) roles.set(child, { role: { as: 'unlabeled' }, kind: null });
      else open.push(child);
    }
    for (const child of this.copies(node, open)) {
      roles.set(child, { role: { as: 'through' }, kind: 'shared' });
      open.splice(open.indexOf(child), 1);
    }
    const alone = open.length === 1 && isAlone(node);
    const [only] = open;
    if (isFiledByMonth(node) || (open.length > 0 && open.every(({ name }) => isSizeName(name))))
      for (const child of open) roles.set(child, { role: { as: 'through' }, kind: 'shard' });
    else if (open.length === 1 && only) roles.set(only, this.single(node, only, alone));
    else this.several(open, roles);
    const plan = { roles, classes: this.classesOf(roles) };
    this.plans.set(node, plan);
    return plan;
  }

  /** Folders that hold the set, or a part of it, once more: "pets/pets", or a folder of "cat" and "dog" beside these. */
  private copies(node: FolderNode, open: readonly FolderNode[]): FolderNode[] {
    if (open.length < 2) return [];
    const beside = new Set(open.map(({ name }) => folded(name)));
    return open.filter((child) => {
      if (isFlat(child)) return false;
      const { classes } = this.plan(child);
      return classes.size > 1 && (sameThing(node.name, child.name) || [...classes].every((name) => beside.has(name)));
    });
  }

  /** Folders directly inside of one that would be classes if it were looked through; not those of years. */
  classFolders(node: FolderNode): string[] {
    return [...this.plan(node).roles].flatMap(([{ name }, { role }]) =>
      role.as === 'class' && !isYearName(name) ? [name] : [],
    );
  }

  private classesOf(roles: Plan['roles']): Set<string> {
    const classes = new Set<string>();
    for (const [child, { role }] of roles) {
      if (role.as === 'class') classes.add(folded(role.name));
      else if (role.as === 'through') for (const name of this.plan(child).classes) classes.add(name);
    }
    return classes;
  }

  /** A folder that stands for itself: a wrapper where it holds classes, else a class. */
  private single(parent: FolderNode, node: FolderNode, alone: boolean): { role: FolderRole; kind: ThroughKind | null } {
    const through = { role: { as: 'through' }, kind: 'wrapper' } as const;
    if (parent.path === '' && parent.name === '' && alone) return through;
    if (isSplit(node)) return { ...through, kind: 'split' };
    if (isFiledByMonth(node)) return { ...through, kind: 'shard' };
    if (isWrapperName(node.name) || (alone && sameThing(parent.name, node.name))) return through;
    // One shard alone: "00000" of a longer list.
    if (isFlat(node) && (/^\d{4,}$/.test(node.name) || (isShardName(node.name) && !isVagueShardName(node.name))))
      return { ...through, kind: 'shard' };
    if (isFlat(node)) return { role: asClass(node), kind: null };
    const inside = this.plan(node).classes.size;
    return inside > (node.pictures.length > 0 ? 1 : 0) ? through : { role: asClass(node), kind: null };
  }

  private several(nodes: readonly FolderNode[], roles: Plan['roles']): void {
    const parts = classesInParts(nodes);
    if (parts)
      return nodes.forEach(
        (node, at) => void roles.set(node, { role: { as: 'class', name: parts[at] ?? '' }, kind: null }),
      );
    const kinds = this.lookedThrough(nodes);
    for (const node of nodes) {
      const kind = kinds?.get(node) ?? null;
      roles.set(node, { role: kinds ? { as: 'through' } : asClass(node), kind });
    }
  }

  /** Why the folders of a level are no classes; null where they are. */
  private lookedThrough(nodes: readonly FolderNode[]): Map<FolderNode, ThroughKind> | null {
    const all = (kind: (node: FolderNode) => ThroughKind): Map<FolderNode, ThroughKind> =>
      new Map(nodes.map((node) => [node, kind(node)]));
    const nameKind = (node: FolderNode): ThroughKind => (isSplit(node) ? 'split' : 'wrapper');
    const splits = nodes.filter(isSplit);
    const deep = nodes.filter((node) => this.plan(node).classes.size > 0);
    const plain = nodes.filter((node) => !isSplit(node) && !isWrapperName(node.name));
    if (plain.length === 0 && (splits.length > 0 || deep.length > 0)) return all(nameKind);
    if (nodes.length > 0 && nodes.every((node) => isFiledByMonth(node))) return all(() => 'shard');
    const remainders = new Set(nodes.map(({ name }) => splitRemainder(name)));
    if (remainders.size === 1 && !remainders.has(null)) return all(() => 'split');
    if (nodes.every((node) => isSplit(node) || isShardName(node.name) || /^\d{4,}$/.test(node.name))) {
      const sure = nodes.every((node) => isSplit(node) || !isVagueShardName(node.name));
      if (sure || deep.length === nodes.length || numbersRunOn(nodes)) return all(() => 'shard');
    }
    if (this.shareFolders(nodes, deep)) return all((node) => (isSplit(node) ? 'split' : 'shared'));
    // A train folder with classes in it, beside things that are no classes of their own.
    const full = splits.filter((node) => this.plan(node).classes.size > 0);
    const others = nodes.length - splits.length;
    if (full.length > 0 && splits.length >= Math.max(2, others))
      return all((node) => (isSplit(node) ? 'split' : 'shared'));
    const [train] = full;
    if (others === 1 && train && this.plan(train).classes.size > 1)
      return all((node) => (isSplit(node) ? 'split' : 'shared'));
    return null;
  }

  /** Folders that hold the same folders are parts of one set, whatever their names. */
  private shareFolders(nodes: readonly FolderNode[], deep: readonly FolderNode[]): boolean {
    if (deep.length < 2 || deep.length * 2 < nodes.length) return false;
    const seen = new Map<string, number>();
    for (const node of deep) for (const name of this.plan(node).classes) seen.set(name, (seen.get(name) ?? 0) + 1);
    const shared = [...seen].filter(([name, count]) => count > 1 && !isYearName(name)).length;
    // The pictures of a class may be filed by year.
    if (shared < 2) return false;
    return deep.every((node) => {
      const classes = [...this.plan(node).classes];
      return classes.filter((name) => (seen.get(name) ?? 0) > 1).length * 2 >= classes.length;
    });
  }
}

export function readLayout(root: FolderNode, corrections: Corrections = {}): LayoutReading {
  const planner = new Planner(corrections);
  const reading: LayoutReading = { groups: [], through: [], masks: [], inside: [] };

  const below = (node: FolderNode, found: number[] = []): number[] => {
    for (const picture of node.pictures) found.push(picture);
    const hasPictures = holdsPictures(node);
    for (const child of node.children.values()) {
      if (isMaskName(child.name) && hasPictures) take(child, { as: 'ignored' });
      else below(child, found);
    }
    return found;
  };
  const take = (node: FolderNode, role: FolderGroup['role']): void => {
    if (role.as === 'ignored' && isMaskName(node.name)) reading.masks.push(node.path);
    reading.groups.push({ path: node.path, role, pictures: below(node) });
  };
  const level = (node: FolderNode): void => {
    if (node.pictures.length > 0) {
      const path = `${node.path}/*`;
      const said = Object.hasOwn(corrections, path) ? corrections[path] : undefined;
      const role = said && said.as !== 'through' ? said : ({ as: 'unlabeled' } as const);
      reading.groups.push({ path, role, pictures: node.pictures });
    }
    for (const [child, { role, kind }] of planner.plan(node).roles) {
      if (role.as !== 'through') {
        const folders = role.as === 'class' ? planner.classFolders(child) : [];
        if (folders.length > 1 && !Object.hasOwn(corrections, child.path))
          reading.inside.push({ name: child.name, folders });
        take(child, role);
        continue;
      }
      if (kind !== null && kind !== 'wrapper')
        reading.through.push({ path: child.path, name: child.name, kind, flat: isFlat(child) });
      level(child);
    }
  };
  level(root);
  return reading;
}
