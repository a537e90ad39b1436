/** English that looks foreign: a message with accents on every letter, 40% longer, in brackets; it stays readable. */

const plain = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const accented = [...'åƀçđéƒĝĥîĵķļɱñöþǫŕšţûṽŵẋýžÅƁÇĐÉƑĜĤÎĴĶĻḾÑÖÞǪŔŠŢÛṼŴẊÝŽ'];
const letters = new Map([...plain].map((letter, i) => [letter, accented[i]]));
const pad = 'ļöñĝéŕ ';

/** @param {string} words */
function dressed(words) {
  const wide = [...words].map((letter) => letters.get(letter) ?? letter).join('');
  const more = Math.ceil(0.4 * words.length);
  return `${wide} ${pad
    .repeat(Math.ceil(more / pad.length))
    .slice(0, more)
    .trim()}`.trim();
}

/**
 * @param {string} message
 * @returns {string}
 */
export function pseudo(message) {
  const forms = /^(\{0, plural, one \{# )(.*)(\} other \{# )(.*)(\}\})$/s.exec(message);
  if (forms) return `${forms[1]}⟦${dressed(forms[2])}⟧${forms[3]}⟦${dressed(forms[4])}⟧${forms[5]}`;
  const [, before, words, after] = /^(\s*)(.*?)(\s*)$/s.exec(message);
  return `${before}⟦${dressed(words)}⟧${after}`;
}
