// Preconditions and ranges as RFC 9110 has them (sections 13 and 14).
import { describe, expect, it } from 'vitest';
import { type ConditionalResponse, evaluateConditions } from '../../../src/http/downloads/conditions.ts';

const ETAG = '"abc"';
const SIZE = 10;
const whole: ConditionalResponse = { status: 200, span: { start: 0, end: SIZE } };
const part = (start: number, end: number): ConditionalResponse => ({ status: 206, span: { start, end } });

const ask = (headers: Record<string, string>, method = 'GET'): ConditionalResponse =>
  evaluateConditions({ method, headers }, ETAG, SIZE);

describe('a range', () => {
  it.each<[string, ConditionalResponse]>([
    ['bytes=0-0', part(0, 1)],
    ['bytes=2-4', part(2, 5)],
    ['bytes=0-9', part(0, 10)],
    ['bytes=0-', part(0, 10)],
    ['bytes=5-', part(5, 10)],
    ['bytes=9-', part(9, 10)],
    ['bytes=-5', part(5, 10)],
    ['bytes=-10', part(0, 10)],
    ['bytes=-99', part(0, 10)],
    ['bytes=5-99', part(5, 10)],
    ['BYTES=5-6', part(5, 7)],
    ['bytes=5-99999999999999999999999999', part(5, 10)],
  ])('%s is served', (range, response) => {
    expect(ask({ range })).toEqual(response);
  });

  it.each(['bytes=10-', 'bytes=10-20', 'bytes=99999999999999999999999999-', 'bytes=10-,20-', 'bytes=-0'])(
    '%s cannot be satisfied',
    (range) => {
      expect(ask({ range })).toEqual({ status: 416 });
    },
  );

  it.each([
    ['inverted', 'bytes=5-2'],
    ['several', 'bytes=0-1,4-5'],
    ['several, of which one can be satisfied', 'bytes=0-1,50-60'],
    ['several that overlap', 'bytes=0-5,2-7'],
    ['of another unit', 'lines=0-1'],
    ['without a unit', '0-1'],
    ['empty', 'bytes='],
    ['a dash', 'bytes=-'],
    ['no number', 'bytes=a-b'],
    ['a negative number', 'bytes=--1'],
    ['a fraction', 'bytes=0.5-1'],
    ['nothing', ''],
  ])('that is %s is ignored: %s', (_case, range) => {
    expect(ask({ range })).toEqual(whole);
  });

  it('is ignored with HEAD, and of an empty file', () => {
    expect(ask({ range: 'bytes=0-0' }, 'HEAD')).toEqual(whole);
    for (const range of ['bytes=0-', 'bytes=0-0', 'bytes=-1']) {
      const response = evaluateConditions({ method: 'GET', headers: { range } }, ETAG, 0);
      expect(response, range).toEqual({ status: 200, span: { start: 0, end: 0 } });
    }
  });
});

describe('a precondition', () => {
  it.each([ETAG, '*', `"x", ${ETAG}`, `W/"x",${ETAG}`])('If-Match %s holds', (tags) => {
    expect(ask({ 'if-match': tags })).toEqual(whole);
  });

  it.each(['"x"', `W/${ETAG}`, 'abc', '', '"ab", "c"'])('If-Match %s fails', (tags) => {
    expect(ask({ 'if-match': tags })).toEqual({ status: 412 });
  });

  it.each([ETAG, '*', `W/${ETAG}`, `"x", ${ETAG}`])('If-None-Match %s fails: not modified', (tags) => {
    expect(ask({ 'if-none-match': tags })).toEqual({ status: 304 });
    expect(ask({ 'if-none-match': tags, range: 'bytes=0-0' }, 'HEAD')).toEqual({ status: 304 });
  });

  it.each(['"x"', 'abc', '', '"abcd", "ab"'])('If-None-Match %s holds', (tags) => {
    expect(ask({ 'if-none-match': tags })).toEqual(whole);
  });

  it('If-Match comes before If-None-Match, and both before the range', () => {
    expect(ask({ 'if-match': '"x"', 'if-none-match': ETAG })).toEqual({ status: 412 });
    expect(ask({ 'if-match': ETAG, 'if-none-match': ETAG })).toEqual({ status: 304 });
    expect(ask({ 'if-match': '"x"', range: 'bytes=99-' })).toEqual({ status: 412 });
  });

  it('If-Range gives the part of what the client has, and else the whole', () => {
    expect(ask({ range: 'bytes=2-4', 'if-range': ETAG })).toEqual(part(2, 5));
    for (const other of ['"x"', `W/${ETAG}`, 'Wed, 21 Oct 2026 07:28:00 GMT', '']) {
      expect(ask({ range: 'bytes=2-4', 'if-range': other }), other).toEqual(whole);
      expect(ask({ range: 'bytes=99-', 'if-range': other }), other).toEqual(whole);
    }
  });
});
