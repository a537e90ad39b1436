import { describe, expect, it } from 'vitest';
import { type TextEncoding } from './encodings';
import { decodeAs, decodeText, detectEncoding } from './textEncoding';

/** Names as bytes, written out by Python's codecs. */
const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
const sameIn: Partial<Record<TextEncoding, TextEncoding[]>> = { 'windows-1252': ['windows-1250'] };
const cases: [TextEncoding, string[], string[]][] = [
  ['shift_jis', ['猫', '犬', '表'], ['944c', '8ca2', '955c']],
  ['shift_jis', ['ねこ', 'いぬ'], ['82cb82b1', '82a282ca']],
  ['shift_jis', ['ラーメン', '寿司', '天ぷら'], ['8389815b83818393', '8ef58e69', '935682d582e7']],
  ['shift_jis', ['新しいフォルダー'], ['905682b582a283748348838b835f815b']],
  ['gb18030', ['猫', '狗', '鸟'], ['c3a8', 'b9b7', 'c4f1']],
  ['gb18030', ['苹果', '香蕉', '橙子'], ['c6bbb9fb', 'cfe3bdb6', 'b3c8d7d3']],
  ['gb18030', ['新建文件夹'], ['d0c2bda8cec4bcfebcd0']],
  ['big5', ['貓', '狗', '鳥'], ['bfdf', 'aaaf', 'b3be']],
  ['big5', ['蘋果', '香蕉', '橘子'], ['c4abaa47', 'adbbbfbc', 'beefa46c']],
  ['euc-kr', ['고양이', '강아지'], ['b0edbee7c0cc', 'b0adbec6c1f6']],
  ['euc-kr', ['사과', '바나나'], ['bbe7b0fa', 'b9d9b3aab3aa']],
  ['windows-1251', ['кошки', 'собаки'], ['eaeef8eae8', 'f1eee1e0eae8']],
  ['ibm866', ['кошки', 'собаки', 'Новая папка'], ['aaaee8aaa8', 'e1aea1a0aaa8', '8daea2a0ef20afa0afaaa0']],
  ['koi8-r', ['кошки', 'собаки'], ['cbcfdbcbc9', 'd3cfc2c1cbc9']],
  ['windows-1252', ['café', 'thé'], ['636166e9', '7468e9']],
  ['windows-1252', ['Äpfel', 'Größe', 'Birnen grün'], ['c47066656c', '4772f6df65', '4269726e656e206772fc6e']],
  ['windows-1252', ['niños', 'mañana'], ['6e69f16f73', '6d61f1616e61']],
  ['cp437', ['café', 'thé'], ['63616682', '746882']],
  ['cp437', ['Äpfel', 'Größe'], ['8e7066656c', '477294e165']],
  ['cp437', ['niños', 'mañana'], ['6e69a46f73', '6d61a4616e61']],
  ['cp437', ['Grün'], ['4772816e']],
  ['euc-jp', ['ねこ', 'いぬ', '日本語'], ['a4cda4b3', 'a4a4a4cc', 'c6fccbdcb8ec']],
];
describe('detectEncoding', () => {
  it.each(cases)('%s: %j', (encoding, names, hexes) => {
    const parts = hexes.map(bytes);
    const found = detectEncoding(parts);
    expect(parts.map((part) => decodeAs(part, found))).toEqual(names);
    expect([encoding, ...(sameIn[encoding] ?? [])]).toContain(found);
  });

  it('takes what is Unicode for Unicode', () => {
    expect(detectEncoding([new TextEncoder().encode('猫'), new TextEncoder().encode('Größe')])).toBe('utf-8');
  });
});

it('reads a text by its byte-order mark, as UTF-8, or as what it looks like', () => {
  expect(decodeText(Buffer.from('\ufeffa,猫', 'utf16le'))).toBe('a,猫');
  expect(decodeText(Buffer.from('\ufeffa,猫'))).toBe('a,猫');
  expect(decodeText(Buffer.from('a,Gr\u00fc\u00dfe;caf\u00e9\n', 'latin1'))).toBe('a,Grüße;café\n');
});
