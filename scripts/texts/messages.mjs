/**
 * What the studio says, as the parser sees it: the texts of a source file, each as one message, and the same file with
 * other texts in their place. Texts stay where they are used; a build in another language swaps them
 * (scripts/textsPlugin.mjs).
 *
 * A text is: what stands between JSX tags; an attribute or a property that is known to be read (`title`, `aria-label`,
 * `text` …); a sentence anywhere, known by its capital and its spaces or by its full stop; on screens a title of one
 * word and a phrase in small letters; the words of `plural`; what `text` of src/shared/text.ts marks. In messages `{0}`, `{1}` … stand for what is filled in. A plural is one message in ICU's form.
 */
import { parseSync } from 'oxc-parser';

/** Names of attributes and properties whose strings are read by a person. */
const readNames = new Set(
  'title label text hint caption description placeholder heading name what why action message aria-label containerAriaLabel closeButtonAriaLabel aria-description ariaLabel shown empty unit confirm undo'.split(
    ' ',
  ),
);
/** Calls whose strings are for the machine or for the console. */
const machineCalls =
  /^(console\..*|.*\.(addEventListener|removeEventListener|querySelector\w*|closest|getContext|includes|startsWith|endsWith|has|get|split|indexOf|test|matches|check|transaction|objectStore)|v\..*|RegExp|DOMException|Error|TypeError|RangeError|Date|matchMedia|.*Media)$/;
const machineAttributes =
  /^(className|class|style|data-.*|id|key|role|type|d|viewBox|href|src|rel|target|variant|size|placement|tone|kind|html.*|sandbox|allow)$/;
const machineWords = /^(?:[a-z]+[A-Z_.\d-]|[A-Z]\w*[A-Z]|[^A-Za-z]*$)/;
/** Names of keys and headers: capital words that no one reads. */
const keyName =
  /^(Enter|Escape|Tab|Home|End|Delete|Backspace|Space|Control|Shift|Alt|Meta|Page(Up|Down)|Arrow\w+|Key[A-Z]|Digit\d|Content-\w+|Range|Accept)$/;

/** Utility classes that stand alone in strings; with them a phrase in small letters is no text. */
const styleWord =
  /(^|\s)(flex|grid|block|hidden|relative|absolute|sticky|fixed|truncate|underline|grow|border|rounded|w-|h-|p-|m-|[a-z]+-[a-z0-9[]+)(\s|$)|:[a-z[]|\[/;
/** Folders that speak to a person alone, where a phrase need not begin with a capital. */
const speakingFolders =
  /^src\/((app|features|state|ui|session)\/|data\/(readingWarnings|decodedWarnings|warningWords))/;

/** Whether a string of a screen is a title of one word, or a phrase in small letters that is put into a sentence. */
function isPhrase(message, folder) {
  const text = message.trim();
  if (!speakingFolders.test(folder) || keyName.test(text)) return false;
  if (/^\p{Lu}\p{Ll}+[.!?…]?$/u.test(text)) return true;
  if (styleWord.test(text) || /[<>=/_#@%*&|]|\w\.\w|\}\w|\w\{|\$/.test(text.replace('20%', ''))) return false;
  return /\p{L}{2,}[,:;)”]? +(\p{L}+|[({“]|\d)|[\d})] \p{Ll}{2,}/u.test(text);
}

const hasWord = (text) => /\p{L}{2}/u.test(text.replace(/\{\d+\}/g, ''));

/** Whether a string is a sentence or a title by its looks alone. */
function isProse(message) {
  const text = message.trim();
  if (/[{};]\s*$|^[@<(]|=>|\w\(.*\)\s*[;{]|^\w+:\/\/|^\d+px /.test(text.replace(/\{\d+\}/g, 'x'))) return false;
  if (keyName.test(text) || !hasWord(text)) return false;
  const spaced = /\p{L}[\p{L}’,:]* +\S/u.test(text);
  if (/^[“"‘]?(\p{Lu}|\{\d+\}|\d)/u.test(text) && spaced) return true;
  return /^\p{L}.* .*[.!?…]$/su.test(text);
}

const nameOf = (node) =>
  node?.type === 'JSXNamespacedName'
    ? `${node.namespace.name}:${node.name.name}`
    : (node?.name ?? (typeof node?.value === 'string' ? node.value : ''));

/** Where a string stands: 'read' surely by a person, 'machine' surely not, else 'unknown'. */
function placeOf(node, parents, source) {
  let inner = node;
  for (const parent of parents.toReversed()) {
    switch (parent.type) {
      case 'ConditionalExpression':
        if (parent.test === inner) return 'machine';
        break;
      case 'LogicalExpression':
      case 'JSXExpressionContainer':
      case 'ParenthesizedExpression':
      case 'TSAsExpression':
      case 'TSSatisfiesExpression':
      case 'ArrayExpression':
        break;
      case 'JSXElement':
      case 'JSXFragment':
        return 'read';
      case 'JSXAttribute': {
        const name = nameOf(parent.name);
        if (machineAttributes.test(name)) return 'machine';
        return readNames.has(name) ? 'read' : 'unknown';
      }
      case 'Property':
        if (parent.key === inner) return 'machine';
        if (machineAttributes.test(nameOf(parent.key))) return 'machine';
        return readNames.has(nameOf(parent.key)) ? 'read' : 'unknown';
      case 'CallExpression':
      case 'NewExpression':
        if (parent.callee.name === 'text') return 'marked';
        return machineCalls.test(source.slice(parent.callee.start, parent.callee.end)) ? 'machine' : 'unknown';
      case 'BinaryExpression':
        if (parent.operator !== '+') return 'machine';
        break;
      case 'SwitchCase':
      case 'ImportDeclaration':
      case 'ExportNamedDeclaration':
      case 'ImportExpression':
      case 'TaggedTemplateExpression':
      case 'MemberExpression':
      case 'TSEnumMember':
        return 'machine';
      default:
        return 'unknown';
    }
    inner = parent;
  }
  return 'unknown';
}

function isText(message, place, path) {
  if (place === 'marked') return true;
  if (place === 'machine' || !hasWord(message)) return false;
  if (isProse(message) || isPhrase(message, path)) return true;
  const text = message.trim();
  if (place !== 'read' || keyName.test(text) || machineWords.test(text)) return false;
  return !/^[a-z]/.test(text);
}

/**
 * @typedef {{ message: string, start: number, end: number, write: (translated: string, render: Render) => string }} Text
 * @typedef {(start: number, end: number) => string} Render
 */

const filled = /\{(\d+)\}/g;

/** A string expression that says `translated`, with `expressions` for its `{0}`, `{1}` … */
function expressionOf(translated, expressions, render) {
  if (expressions.length === 0) return JSON.stringify(translated);
  let end = 0;
  let code = '';
  const escaped = (text) => text.replace(/[`\\]|\$\{/g, '\\$&');
  for (const match of translated.matchAll(filled)) {
    const expression = expressions[Number(match[1])];
    code += escaped(translated.slice(end, match.index));
    code += expression ? `\${${render(expression.start, expression.end)}}` : match[0];
    end = match.index + match[0].length;
  }
  return `\`${code}${escaped(translated.slice(end))}\``;
}

const entities = { '&nbsp;': '\u00a0', '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&apos;': "'" };

/** What stands between tags: inner line breaks are one space, as React reads it. */
function jsxText(node) {
  const core = node.value.trim();
  if (!hasWord(core)) return null;
  const start = node.start + node.value.indexOf(core);
  const message = core.replace(/\s*\n\s*/g, ' ').replace(/&\w+;/g, (entity) => entities[entity] ?? entity);
  return { message, start, end: start + core.length, write: (said) => `{${JSON.stringify(said)}}` };
}

const pluralForm = /^\{0, plural, one \{# (.*)\} other \{# (.*)\}\}$/s;

/** `plural(count, 'picture')` and `plural(count, 'class', 'classes')`. */
function pluralText(node) {
  const [, one, many] = node.arguments;
  const last = many ?? one;
  if (one?.type !== 'Literal' || last.type !== 'Literal') return null;
  const message = `{0, plural, one {# ${one.value}} other {# ${many?.value ?? `${one.value}s`}}}`;
  return {
    message,
    start: one.start,
    end: last.end,
    write: (said) => {
      const forms = pluralForm.exec(said);
      return forms ? `${JSON.stringify(forms[1])}, ${JSON.stringify(forms[2])}` : JSON.stringify(said);
    },
  };
}

function literalText(node, parents, source, path) {
  if (!isText(node.value, placeOf(node, parents, source), path)) return null;
  const attribute = parents.at(-1)?.type === 'JSXAttribute';
  const write = (said) => (attribute ? `{${JSON.stringify(said)}}` : JSON.stringify(said));
  return { message: node.value, start: node.start, end: node.end, write };
}

function templateText(node, parents, source, path) {
  const message = node.quasis
    .map(({ value }, i) => value.cooked + (i < node.expressions.length ? `{${i}}` : ''))
    .join('');
  if (!isText(message, placeOf(node, parents, source), path)) return null;
  const write = (said, render) => expressionOf(said, node.expressions, render);
  return { message, start: node.start, end: node.end, write };
}

/**
 * @param {string} path
 * @param {string} source
 * @returns {Text[]} in their order; texts inside of what is filled in follow the one around them
 */
export function textsOf(path, source) {
  const { program, errors } = parseSync(path, source);
  if (errors[0]) throw new Error(`${path}: ${errors[0].message}`);
  const texts = [];
  const look = (node, parents) => {
    const isTyped = node.type.startsWith('TS') && !/^TS(As|Satisfies|NonNull)Expression$/.test(node.type);
    if (isTyped) return;
    const text =
      node.type === 'JSXText'
        ? jsxText(node)
        : node.type === 'Literal' && typeof node.value === 'string'
          ? literalText(node, parents, source, path)
          : node.type === 'TemplateLiteral'
            ? templateText(node, parents, source, path)
            : null;
    if (text) texts.push(text);
    const isPlural = node.type === 'CallExpression' && node.callee.name === 'plural';
    const words = isPlural ? pluralText(node) : null;
    if (words) texts.push(words);
    const within = [...parents, node];
    for (const value of Object.values(node)) {
      for (const child of Array.isArray(value) ? value : [value]) {
        if (!child || typeof child.type !== 'string') continue;
        if (words && child.start >= words.start && child.end <= words.end) continue;
        look(child, within);
      }
    }
  };
  look(program, []);
  return texts.toSorted((a, b) => a.start - b.start || b.end - a.end);
}

/** Space around a message is its place's affair. */
function around(message, translate) {
  const text = message.trim();
  return message.replace(text, () => translate(text));
}

/**
 * The file with each text as `translate` says it.
 * @param {string} path
 * @param {string} source
 * @param {(message: string) => string} translate
 * @returns {string}
 */
export function withTexts(path, source, translate) {
  const texts = textsOf(path, source);
  const render = (start, end) => {
    let code = '';
    let at = start;
    for (const text of texts) {
      if (text.start < at || text.end > end) continue;
      code += source.slice(at, text.start) + text.write(around(text.message, translate), render);
      at = text.end;
    }
    return code + source.slice(at, end);
  };
  return render(0, source.length);
}
