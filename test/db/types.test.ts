// Times are read as the text that clients see: the same as by way of a Date, whatever their fraction, era or time zone.
import fc from 'fast-check';
import { types } from 'pg';
import { expect, it } from 'vitest';
import { TYPES_AS_TEXT, toTimestamp } from '../../src/db/types.ts';

const parse = types.getTypeParser(types.builtins.TIMESTAMPTZ) as (text: string) => Date;

/** As PostgreSQL prints a timestamptz(3) in UTC: without zeros at the end of the fraction. */
function print(time: Date): string {
  const [day, clock, fraction] = time.toISOString().slice(0, -1).split(/[T.]/) as [string, string, string];
  const digits = fraction.replace(/0+$/, '');
  return `${day} ${clock}${digits === '' ? '' : `.${digits}`}+00`;
}

it('is what Date.toISOString prints', () => {
  const times = fc.date({
    min: new Date('0001-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
    noInvalidDate: true,
  });
  fc.assert(
    fc.property(times, (time) => {
      expect(toTimestamp(print(time))).toBe(time.toISOString());
    }),
  );
});

it.each([
  ['2026-11-27 17:45:30.048+00', '2026-11-27T17:45:30.048Z'],
  ['2026-11-27 17:45:30.04+00', '2026-11-27T17:45:30.040Z'],
  ['2026-11-27 17:45:30.4+00', '2026-11-27T17:45:30.400Z'],
  ['2026-11-27 17:45:30+00', '2026-11-27T17:45:30.000Z'],
])('%s', (text, expected) => {
  expect(toTimestamp(text)).toBe(expected);
});

it.each([
  '2026-11-27 17:45:30.048123+00',
  '2026-11-27 18:45:30.048+01',
  '2026-11-27 23:15:30+05:30',
  '12026-11-27 17:45:30.04+00',
  '0044-03-15 12:00:00+00 BC',
])('%s goes by way of a Date', (text) => {
  expect(toTimestamp(text)).toBe(parse(text).toISOString());
});

it('a bigint is a number', () => {
  const parseBigint = TYPES_AS_TEXT.getTypeParser(types.builtins.INT8) as unknown as (text: string) => unknown;
  expect(parseBigint('4096')).toBe(4096);
});
