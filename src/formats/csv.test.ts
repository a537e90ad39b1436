import { expect, it } from 'vitest';
import { writeCsv } from './csv';

it('writes fields as spreadsheets read them', () => {
  const text = writeCsv(
    ['name', 'value'],
    [
      ['plain', 1.5e-7],
      ['comma, "quote"', -0.25],
      ['two\nlines', null],
      [' space', undefined],
      ['猫', Number.NaN],
    ],
  );
  expect(text).toBe(
    'name,value\r\nplain,1.5e-7\r\n"comma, ""quote""",-0.25\r\n"two\nlines",\r\n" space",\r\n猫,NaN\r\n',
  );
});
