/**
 * Names and texts in encodings from before Unicode. UTF-8 is recognised by its own strict form. Else chardet, a port of
 * ICU's detector, proposes encodings; it was made for pages of text, so for the few characters of a name its proposals
 * are ranked by how common the characters are that each would give: everyday kana and kanji, Hangul syllables, Cyrillic
 * words in one case. Code page 437 has no decoder in browsers; its letters are listed here.
 */
import { analyse } from 'chardet';
import { candidates, type TextEncoding } from './encodings';

/** Of names that are none of the others: what DOS, and Windows' own zip folders, wrote in the West. */
const cp437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■ ';

export function decodeAs(bytes: Uint8Array, encoding: TextEncoding): string {
  if (encoding !== 'cp437') return new TextDecoder(encoding).decode(bytes);
  return Array.from(bytes, (byte) => (byte < 128 ? String.fromCharCode(byte) : (cp437[byte - 128] ?? '?'))).join('');
}

export function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

const isAscii = (bytes: Uint8Array): boolean => bytes.every((byte) => byte < 128);

/** Lead bytes of the characters that are in daily use, as the standards ordered them. */
function everyday(bytes: Uint8Array, lead: (byte: number) => boolean): number {
  let good = 0;
  let all = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte < 128) continue;
    all += 1;
    if (lead(byte)) good += 1;
    at += 1;
  }
  return all === 0 ? 0 : good / all;
}

const within =
  (from: number, to: number) =>
  (byte: number): boolean =>
    byte >= from && byte <= to;

/** Shift-JIS: kana and symbols 0x81-0x83, kanji of level one 0x88-0x97; half-width kana are rare in names. */
const shiftJisLead = (byte: number): boolean => within(0x81, 0x83)(byte) || within(0x88, 0x97)(byte);

/** Trail bytes of GB2312, Big5's frequent level and EUC are high. */
function highTrails(bytes: Uint8Array): number {
  let high = 0;
  let all = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    if ((bytes[at] ?? 0) < 128) continue;
    all += 1;
    if ((bytes[at + 1] ?? 0) >= 0xa1) high += 1;
    at += 1;
  }
  return all === 0 ? 0 : high / all;
}

/** What names of things are commonly made of: a share of these tells languages apart whose bytes look alike. */
const common: Partial<Record<TextEncoding, Set<string>>> = {
  'euc-kr': new Set(
    '이다는의가을에고하지나사리로기은도한자그어아스라대인시정서해부수들일과장전주원보제구상모여성만동마바비오우소유조안거내개무신경연미실국문물공화세양강생식음차람꽃배호토끼원숭말곰새닭돼',
  ),
  gb18030: new Set(
    '的一是不了人我在有他这中大来上个国和地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运猫狗鸟鱼花草树木车船飞果苹香蕉橙猪牛羊鸡鸭兔虎龙马图片文件夹照片新建动物植食标签未',
  ),
  big5: new Set(
    '的一是不了人我在有他這中大來上個國和地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實日軍者意無力它與長把機十民第公此已工使情明性知全三又關點正業外將兩高間由問很最重並物手應戰向頭文體政美相見被利什二等產或新己制身果加西月話合回特代內信表化老給世位次度門任常先海通教兒原東聲提立及比員解水名真論處走義各入幾口認條平系氣題活爾更別打女變四神總何電數安少報才結反受目太量再感建務做接必場件計管期市直德資命山金指克許統區保至隊形社便空決治展馬科司五基眼書非則聽白卻界達光放強即像難且權思王象完設式色路記南品住告類求據程北邊死張該交規萬取拉格望覺術領共確傳師觀清今切院讓識候帶導爭運貓狗鳥魚花草樹木車船飛果蘋香蕉橘豬牛羊雞鴨兔虎龍圖片資料夾照片新增動物植食標籤未',
  ),
};

/** Share of a text's odd characters that are common in the language that writes in this encoding. */
function commonShare(text: string, encoding: TextEncoding): number {
  const set = common[encoding];
  const odd = [...text].filter((each) => each.charCodeAt(0) > 127);
  return set && odd.length > 0 ? odd.filter((each) => set.has(each)).length / odd.length : 0;
}

const letters = (text: string, pattern: RegExp): number => (text.match(pattern) ?? []).length;

/** Words of one alphabet in a sensible case: all lower, or capitals at the beginning, or all upper. */
function sensible(text: string, script: RegExp): number {
  const odd = [...text].filter((each) => each.charCodeAt(0) > 127);
  if (odd.length === 0) return 0;
  const share = letters(odd.join(''), script) / odd.length;
  const words = text.split(/[^\p{L}\p{M}]+/u).filter((word) => word.length > 0);
  const strange = words.filter(
    (word) => /\p{Ll}\p{Lu}/u.test(word) || (word.length > 1 && /^\p{Ll}+\p{Lu}|^\p{Lu}{2,}\p{Ll}/u.test(word)),
  );
  const mixed = words.filter((word) => /[a-z]/i.test(word) && /[\p{Script=Cyrillic}\p{Script=Greek}]/u.test(word));
  return share - (strange.length + mixed.length) / Math.max(1, words.length);
}

/** From 0 to about 1: how much a text in this encoding looks like what people write. */
function plausibility(bytes: Uint8Array, encoding: TextEncoding): number {
  const text = decodeAs(bytes, encoding);
  // eslint-disable-next-line no-control-regex
  if (/[\ufffd\u0080-\u009f\ue000-\uf8ff]/u.test(text)) return -1;
  switch (encoding) {
    case 'shift_jis': {
      // Level-two kanji, Greek and half-width kana pass, at a discount.
      const half = letters(text, /[\uff61-\uff9f]/g) / Math.max(1, letters(text, /[\u0080-\uffff]/g));
      return everyday(bytes, shiftJisLead) * (1 - half) + (letters(text, /[\u3040-\u30ff]/g) > 0 ? 0.1 : 0);
    }
    case 'gb18030':
      return 0.98 * everyday(bytes, within(0xb0, 0xd7)) * highTrails(bytes);
    case 'big5':
      return 0.96 * everyday(bytes, within(0xa4, 0xc6)) * (0.8 + 0.2 * (1 - highTrails(bytes)));
    case 'euc-kr':
      return 0.97 * everyday(bytes, within(0xb0, 0xc8)) * highTrails(bytes);
    case 'euc-jp':
      return 0.95 * everyday(bytes, (byte) => within(0xa4, 0xa5)(byte) || within(0xb0, 0xcf)(byte)) * highTrails(bytes);
    case 'windows-1251':
    case 'ibm866':
    case 'koi8-r':
      return 0.97 * sensible(text, /[а-яё]/giu) * (letters(text, /[А-ЯЁ]/gu) > letters(text, /[а-яё]/gu) ? 0.9 : 1);
    case 'windows-1253':
      return 0.8 * sensible(text, /\p{Script=Greek}/gu);
    case 'windows-1250':
      return 0.55 * sensible(text, /[áéíóúýčďěňřšťžůäöüßąćęłńóśźżőű]/giu);
    case 'windows-1252':
      return 0.7 * sensible(text, /[àáâãäåæçèéêëìíîïñòóôõöøùúûüýÿß]/giu);
    case 'cp437':
      return 0.69 * sensible(text, /[çüéâäàåêëèïîìæôöòûùÿáíóúñß]/giu);
    default:
      return 0;
  }
}

const isLower = within(0x61, 0x7a);
const isLetter = (byte: number): boolean => isLower(byte) || within(0x41, 0x5a)(byte);

/** One or two high bytes among letters are how Western names look; longer runs are how East Asian ones do. */
function looksWestern(bytes: Uint8Array): boolean {
  let runs = 0;
  let western = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    if ((bytes[at] ?? 0) < 128) continue;
    const from = at;
    while ((bytes[at + 1] ?? 0) >= 128) at += 1;
    runs += 1;
    if (at - from > 1) continue;
    const before = bytes[from - 1] ?? 0;
    const after = [bytes[at + 1] ?? 0, bytes[at + 2] ?? 0];
    if (isLetter(before) || (before < 0x41 && after.every(isLower))) western += 1;
  }
  return runs > 0 && western * 2 >= runs;
}

/**
 * The encoding of names that are not Unicode. @param parts the distinct names (or parts of them) that hold bytes above
 * 127; the more, the surer
 */
export function detectEncoding(parts: readonly Uint8Array[]): TextEncoding {
  const odd = parts.filter((part) => !isAscii(part));
  if (odd.every(isUtf8)) return 'utf-8';
  const all = Uint8Array.from(odd.flatMap((part) => [...part, 32]));
  const votes = new Map(analyse(all).map(({ name, confidence }) => [name.toLowerCase(), confidence]));
  const western = odd.filter(looksWestern).length * 2 > odd.length;
  let best: TextEncoding = 'windows-1252';
  let most = -Infinity;
  for (const encoding of candidates) {
    const scores = odd.map((part) => plausibility(part, encoding));
    const vote = votes.get(encoding) ?? votes.get(encoding.replace('windows-1252', 'iso-8859-1')) ?? 0;
    const multibyte = ['shift_jis', 'gb18030', 'big5', 'euc-kr', 'euc-jp'].includes(encoding);
    const penalty = multibyte && western ? 0.6 : 0;
    const score =
      (scores.some((each) => each < 0) ? -1 : 0) +
      scores.reduce((sum, each) => sum + each, 0) / odd.length +
      (0.1 * vote) / 100 +
      0.4 * commonShare(odd.map((part) => decodeAs(part, encoding)).join(''), encoding) -
      penalty;
    if (score > most) [best, most] = [encoding, score];
  }
  return best;
}

/** The text of a file: by its byte-order mark, as UTF-8, or in the encoding that it looks like. */
export function decodeText(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  if (isUtf8(bytes)) return new TextDecoder().decode(bytes);
  const words: Uint8Array[] = [];
  let from = 0;
  const sample = bytes.subarray(0, 65_536);
  sample.forEach((byte, at) => {
    if (byte !== 10 && byte !== 13 && byte !== 44 && byte !== 59 && byte !== 9) return;
    if (at > from && !isAscii(sample.subarray(from, at))) words.push(sample.subarray(from, at));
    from = at + 1;
  });
  return decodeAs(bytes, detectEncoding(words.length > 0 ? words.slice(0, 500) : [sample]));
}
