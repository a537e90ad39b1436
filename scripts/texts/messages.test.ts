import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { cataloguePath, catalogue } from './catalogue.mjs';
import { textsOf, withTexts } from './messages.mjs';
import { pseudo } from './pseudo.mjs';
import { translationOf } from './translation.mjs';

const messages = (source: string, path = 'src/app/Some.tsx') => textsOf(path, source).map(({ message }) => message);

it('the catalogue is what the sources say (`npm run texts` writes it)', () => {
  expect(JSON.parse(readFileSync(cataloguePath, 'utf8'))).toEqual(catalogue());
});

it('finds what a person reads, and nothing else', () => {
  const source = `
    import { x } from 'A module here.';
    const row = (n: number) => (
      <p className="flex items-center" title="Say it" data-kind="A kind">
        One line,
        and the next{' '}
        <b>{n === 1 ? 'one of us' : \`\${n} of \${plural(n, 'us', 'all of us')}\`}</b>
      </p>
    );
    if (state === 'Paused') press('Enter');
    const name: Record<State, string> = { paused: 'Paused', class: 'px-2 grow' };
    throw new StudioError({ code: 'no-gpu', what: 'There is none.' });
    const done = text('done');`;
  expect(messages(source)).toEqual([
    'Say it',
    'One line, and the next',
    'one of us',
    '{0} of {1}',
    '{0, plural, one {# us} other {# all of us}}',
    'Paused',
    'There is none.',
    'done',
  ]);
});

it('puts other texts in their place, in an order of their own', () => {
  const source =
    'const say = (a: string, b: string) => ({ text: `From ${a} to ${b} px.`, title: "It’s \\"fine\\"." });';
  const other: Record<string, string> = {
    'From {0} to {1} px.': 'Bis {1} px von {0} `an`.',
    'It’s "fine".': 'Schön "so".',
  };
  const code = withTexts('src/app/say.ts', source, (message) => other[message] ?? message);
  expect(code).toContain('text: `Bis ${b} px von ${a} \\`an\\`.`');
  expect(code).toContain('title: "Schön \\"so\\"."');
  expect(withTexts('src/app/A.tsx', '<p> Go on </p>', () => 'Weiter')).toBe('<p> {"Weiter"} </p>');
  const plurals = withTexts('src/app/b.ts', "plural(n, 'picture')", pseudo);
  expect(plurals).toMatch(/^plural\(n, "⟦þîçţûŕé.*⟧", "⟦þîçţûŕéš.*⟧"\)$/);
});

it('a translation keeps what is filled in; what is missing or empty in it stays English', () => {
  const { language, translate } = translationOf('site/de.json', '{"Stop": "Halt", "Pause": "", "At {0}": "Bei {0}"}');
  expect([language, ...['Stop', 'Pause', 'At {0}', 'toString'].map(translate)]).toEqual([
    'de',
    'Halt',
    'Pause',
    'Bei {0}',
    'toString',
  ]);
  expect(translationOf('texts.json', '{}').language).toBe('en');
  expect(() => translationOf('de.json', '{"At {0}": "Bei"}')).toThrow('first that of "At {0}"');
  const plurals = '{"{0, plural, one {# day} other {# days}}": "{0, plural, one {# Tag} other {# Tage}}"}';
  expect(translationOf('de.json', plurals).language).toBe('de');
});

it('the pseudo-locale is longer by 40% and keeps what is filled in', () => {
  const said = pseudo('From {0} to {1} px.');
  expect(said).toMatch(/^⟦Ƒŕöɱ \{0\} ţö \{1\} þẋ\..*⟧$/);
  expect(said.length).toBeGreaterThanOrEqual(1.35 * 'From {0} to {1} px.'.length);
});
