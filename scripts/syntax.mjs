// Sources as the parser sees them, for checks of what they import and name: independent of how they are laid out.
import { parseSync, Visitor } from 'oxc-parser';

/** @param {string} path @param {string} source */
function parse(path, source) {
  const parsed = parseSync(path, source);
  const [error] = parsed.errors;
  if (error) throw new Error(`${path}: ${error.message}`);
  return parsed;
}

/**
 * What a file imports or passes on, statically or not.
 * @param {string} path
 * @param {string} source
 * @returns {{ from: string, names: string[], start: number }[]} `names`: of values, as the other file calls them; `*`
 *   is in it where all are taken
 */
export function importsOf(path, source) {
  const { staticImports, staticExports, dynamicImports } = parse(path, source).module;
  const nameOf = ({ kind, name }) => (kind === 'Name' ? name : kind === 'Default' ? 'default' : '*');
  const named = (entries) => entries.filter(({ isType }) => !isType).map(({ importName }) => nameOf(importName));
  const passedOn = staticExports.flatMap(({ start, entries }) =>
    entries
      .filter(({ moduleRequest }) => moduleRequest)
      .map((entry) => ({ from: entry.moduleRequest.value, names: named([entry]), start })),
  );
  return [
    ...staticImports.map(({ start, moduleRequest, entries }) => ({
      from: moduleRequest.value,
      names: named(entries),
      start,
    })),
    ...passedOn,
    ...dynamicImports.flatMap(({ start, moduleRequest }) => {
      const literal = /^(['"`])([^$]*)\1$/.exec(source.slice(moduleRequest.start, moduleRequest.end));
      return literal ? [{ from: literal[2], names: ['*'], start }] : [];
    }),
  ];
}

/**
 * Names of kernels that a file dispatches under a fixed name: `label` of each object that is a kernel, which also has
 * its `code`, `body` or `result`.
 * @param {string} path
 * @param {string} source
 * @returns {string[]}
 */
export function kernelLabels(path, source) {
  const labels = [];
  new Visitor({
    ObjectExpression({ properties }) {
      const valueOf = (name) => properties.find(({ key }) => key?.type === 'Identifier' && key.name === name)?.value;
      const label = valueOf('label');
      const isKernel = ['code', 'body', 'result'].some((name) => valueOf(name));
      if (isKernel && label?.type === 'Literal') labels.push(label.value);
    },
  }).visit(parse(path, source).program);
  return labels;
}

/**
 * Where a file reads a property of one of these globals, e.g. `window.location`.
 * @param {string} path
 * @param {string} source
 * @param {readonly string[]} globals
 * @returns {number[]} offsets
 */
export function usesOf(path, source, globals) {
  const offsets = [];
  new Visitor({
    MemberExpression({ object, start }) {
      if (object.type === 'Identifier' && globals.includes(object.name)) offsets.push(start);
    },
  }).visit(parse(path, source).program);
  return offsets;
}
