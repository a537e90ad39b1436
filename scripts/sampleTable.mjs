// Derives scripts/sampleTable.json, the list of pictures in the sample data set, from Unicode's emoji-test.txt:
//   node scripts/sampleTable.mjs /usr/share/unicode/emoji/emoji-test.txt      (Debian package unicode-data)
// A class is a union of Unicode's own subgroups, less the entries named here that do not show what the class says (a
// wheel is not a vehicle) or that are not one picture of it. Skin-tone variants are left out: they differ from their
// base in one colour only. Run by hand when the choice changes; the table is committed, so that nobody else needs the
// Unicode file.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const rules = {
  animal: {
    subgroups: ['animal-mammal', 'animal-bird', 'animal-amphibian', 'animal-reptile', 'animal-marine', 'animal-bug'],
    except: ['paw prints', 'pig nose', 'feather', 'wing', 'spiral shell', 'coral', 'spider web', 'microbe'],
  },
  clothing: {
    subgroups: ['clothing'],
    except: [
      'folding hand fan',
      'hair pick',
      'prayer beads',
      'lipstick',
      'ring',
      'gem stone',
      'glasses',
      'sunglasses',
      'purse',
      'handbag',
      'clutch bag',
      'shopping bags',
      'backpack',
    ],
  },
  face: {
    subgroups: [
      'face-smiling',
      'face-affection',
      'face-tongue',
      'face-hand',
      'face-neutral-skeptical',
      'face-sleepy',
      'face-unwell',
      'face-hat',
      'face-glasses',
      'face-concerned',
      'face-negative',
    ],
    except: ['skull', 'skull and crossbones'],
  },
  food: {
    subgroups: ['food-fruit', 'food-vegetable', 'food-prepared', 'food-asian', 'food-marine', 'food-sweet'],
    except: ['salt', 'takeout box'],
  },
  person: { subgroups: ['person', 'person-role'], except: [] },
  vehicle: {
    subgroups: ['transport-ground', 'transport-water', 'transport-air'],
    except: [
      'station',
      'bus stop',
      'motorway',
      'railway track',
      'oil drum',
      'fuel pump',
      'wheel',
      'police car light',
      'horizontal traffic light',
      'vertical traffic light',
      'stop sign',
      'construction',
      'anchor',
      'ring buoy',
      'parachute',
      'seat',
      'satellite',
      'roller skate',
      'skateboard',
      'manual wheelchair',
      'motorized wheelchair',
    ],
  },
};

/** Unicode's list as `{subgroup: [{codes, name}]}`, fully-qualified sequences without skin tones only. */
function readEmojiTest(text) {
  const subgroups = new Map();
  let current = [];
  let version = '';
  for (const line of text.split('\n')) {
    version ||= /^# Version: (\S+)/.exec(line)?.[1] ?? '';
    const heading = /^# subgroup: (.+)$/.exec(line);
    if (heading) subgroups.set(heading[1].trim(), (current = []));
    const entry = /^([0-9A-F ]+?)\s*; fully-qualified\s*# \S+ E[\d.]+ (.+)$/.exec(line);
    if (entry && !/1F3F[B-F]/.test(entry[1]))
      current.push({ codes: entry[1].toLowerCase().split(' '), name: entry[2].trim() });
  }
  return { version, subgroups };
}

const here = path.dirname(fileURLToPath(import.meta.url));
const packageFile = createRequire(import.meta.url).resolve('@lobehub/fluent-emoji-3d/package.json');
const pictures = new Set(readdirSync(path.join(path.dirname(packageFile), 'assets')));
const source = process.argv[2];
if (source === undefined) {
  console.error('Usage: node scripts/sampleTable.mjs path/to/emoji-test.txt');
  process.exit(2);
}
const { version, subgroups } = readEmojiTest(readFileSync(source, 'utf8'));

const classes = {};
for (const [name, rule] of Object.entries(rules)) {
  const seen = new Set(rule.except);
  classes[name] = rule.subgroups.flatMap((subgroup) =>
    (subgroups.get(subgroup) ?? [])
      .filter((entry) => !seen.delete(entry.name))
      .map((entry) => {
        const file = [entry.codes, entry.codes.filter((code) => code !== 'fe0f')]
          .map((codes) => codes.join('-'))
          .find((stem) => pictures.has(`${stem}.webp`));
        if (file === undefined) throw new Error(`No picture of ${entry.name} in the package.`);
        return [file, entry.name];
      }),
  );
  if (seen.size > 0) throw new Error(`No such entry in ${name}: ${[...seen].join(', ')}`);
}

const rows = Object.entries(classes).map(
  ([name, entries]) =>
    `    ${JSON.stringify(name)}: [\n${entries.map((entry) => `      ${JSON.stringify(entry)}`).join(',\n')}\n    ]`,
);
const about = {
  about:
    'Pictures of the sample data set: [file stem in @lobehub/fluent-emoji-3d, Unicode name]. Made by scripts/sampleTable.mjs.',
  unicode: `Names and classes derived from emoji-test.txt of Unicode Emoji ${version}, copyright Unicode, Inc., under the Unicode License v3.`,
};
writeFileSync(
  path.join(here, 'sampleTable.json'),
  `{\n  "about": ${JSON.stringify(about.about)},\n  "unicode": ${JSON.stringify(about.unicode)},\n  "classes": {\n${rows.join(',\n')}\n  }\n}\n`,
);
console.log(
  Object.entries(classes)
    .map(([name, entries]) => `${name} ${entries.length}`)
    .join(', '),
);
