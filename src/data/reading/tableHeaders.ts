/**
 * What the columns of tables are called, in the languages that tables are written in. Only a hint: which column holds
 * the pictures, and whether a column tells them apart, is decided by what is in it.
 */

/** Spellings of one header become one: case, accents, full-width and half-width forms, what stands between words. */
const plain = (header: string): string =>
  header
    .trim()
    .toLowerCase()
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[ _-]+/g, ' ')
    .replaceAll('ı', 'i')
    .replaceAll('ł', 'l');

const words = (...lists: string[]): ReadonlySet<string> => new Set(lists.flatMap((list) => list.split(' ').map(plain)));

/** "class", "label", "category", "species", "breed". */
const classWords = words(
  'klasse klassen klassenname kategorie kategorien kategoriename etikett etiketten spezies rasse tierart pflanzenart',
  'classe classes catégorie catégories étiquette étiquettes espèce',
  'clase clases categoría categorías etiqueta etiquetas especie raza',
  'classi categoria categorie etichetta etichette specie razza',
  'categorias rótulo rótulos espécie raça',
  'soort etiket ras',
  'klasa klasy kategoria kategorie etykieta etykiety gatunek rasa',
  'sınıf sınıflar kategori etiket etiketler tür cins',
  'класс классы категория категории метка метки порода',
  '类别 類別 标签 標籤 分类 分類 类 類 品种 品種 物种 物種',
  'クラス クラス名 ラベル カテゴリ カテゴリー 分類 品種 タグ',
  '분류 라벨 레이블 클래스 카테고리 품종 범주',
);
/** "kind", "type", "group", "object": what tables also call other things. */
const kindWords = words(
  'art typ sorte gattung gruppe bezeichnung objekt diagnose',
  'groupe objet tipo grupo objeto gruppo oggetto groep rodzaj grupa tip grup',
  'тип вид группа диагноз 种类 種類 类型 類型 種別 종류 유형',
);

const fileHeaders =
  /^(?:file ?names?|files?|(?:image|img|picture|photo|pic)s?(?: ?(?:file|name|file ?name|path|id|link|url))?|paths?|file ?path|(?:rel|relative) ?path|filepaths?|fname|ids?|key|uid|uuid|name)$/;

/** In the order of preference: words before numbers. */
const labelHeaders: readonly ((header: string) => boolean)[] = [
  /^(?:label|class|category|species|breed|target|object) ?(?:name|names|text|str|string|title)s?$/,
  /^(?:text|readable|human) ?labels?$/,
  /^(?:(?:image|finding|final|true|gold|main|primary) ?)?labels?$/,
  /^(?:class|class(?:es| ?label)|classification|classification ?annotations?|categor(?:y|ies)|species|breed|diagnosis|dx|ground ?truth|gt|truth|true ?(?:class|label)|cls|tags?|annotation)$/,
  classWords,
  /^(?:target|y|kind|type|group|sub ?category|article ?type|genre|style|variety|disease|condition|finding|choices?|objects?|character|letter|digit|emotion|expression|annotations?)$/,
  kindWords,
  /^(?:class|category|label|target) ?(?:id|idx|index|no|number|code)s?$/,
].map((known) => (known instanceof RegExp ? (header) => known.test(header) : (header) => known.has(header)));

/** What else tables say of pictures: which part of the set they are in, measures, days. Never a class. */
const otherHeaders =
  /^(?:data ?sets?|splits?|partitions?|folds?|subsets?|sets?|phase|usage|(?:image ?)?(?:width|height|size|area|channels|depth|format)|[xywh]|[xy] ?(?:min|max|\d)|(?:roi|bbox|box)(?:[ .].*)?|left|top|right|bottom|age(?: .*)?|years?|dates?|time(?:stamp)?|index|unnamed: ?\d+|confidence|score|probability|lat(?:itude)?|lon(?:gitude)?|(?:patient|lesion|user|annotator)(?: ?ids?)?)$/;

export const isFileHeader = (header: string): boolean => fileHeaders.test(plain(header));

export const isOtherHeader = (header: string): boolean => otherHeaders.test(plain(header));

/** How surely a column so called is the label, 0 the most; null where its name does not say so. */
export function labelRank(header: string): number | null {
  const name = plain(header);
  const rank = labelHeaders.findIndex((isCalled) => isCalled(name));
  return rank < 0 ? null : rank;
}
