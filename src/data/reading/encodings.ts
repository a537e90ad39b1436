/** Encodings from before Unicode that names and texts are read in. */

export const candidates = [
  'shift_jis',
  'gb18030',
  'big5',
  'euc-kr',
  'euc-jp',
  'windows-1251',
  'ibm866',
  'koi8-r',
  'windows-1252',
  'windows-1250',
  'windows-1253',
  'cp437',
] as const;
export type TextEncoding = (typeof candidates)[number] | 'utf-8';

/** In words, for a person. */
export const encodingNames: Record<TextEncoding, string> = {
  'utf-8': 'UTF-8',
  shift_jis: 'Shift-JIS (Japanese)',
  gb18030: 'GBK (Chinese)',
  big5: 'Big5 (Chinese)',
  'euc-kr': 'EUC-KR (Korean)',
  'euc-jp': 'EUC-JP (Japanese)',
  'windows-1251': 'Windows-1251 (Cyrillic)',
  ibm866: 'code page 866 (Cyrillic)',
  'koi8-r': 'KOI8-R (Cyrillic)',
  'windows-1252': 'Windows-1252 (Western)',
  'windows-1250': 'Windows-1250 (Central European)',
  'windows-1253': 'Windows-1253 (Greek)',
  cp437: 'code page 437 (DOS)',
};

export const isTextEncoding = (name: string): name is TextEncoding => Object.hasOwn(encodingNames, name);
