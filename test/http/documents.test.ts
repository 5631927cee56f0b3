// The cache of documents: bounded, least recently used out first, and only what was found valid passes unjudged.
import fc from 'fast-check';
import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { Documents, TextCache } from '../../src/http/documents.ts';

const MEBI = 2 ** 20;

describe('the cache of texts', () => {
  it('keeps what was used last, up to a million characters', () => {
    const cache = new TextCache<number>();
    const text = (at: number): string => `${at} ${'x'.repeat(10_000)}`;
    for (let at = 0; at < 100; at += 1) cache.set(text(at), at);
    expect(cache.weight).toBe(
      Array.from({ length: 100 }, (_, at) => text(at).length).reduce((sum, each) => sum + each),
    );
    for (let at = 100; at < 500; at += 1) {
      cache.set(text(at), at);
      expect(cache.get(text(7)), 'in use all the time').toBe(7);
      expect(cache.weight).toBeLessThanOrEqual(MEBI);
    }
    expect([cache.get(text(8)), cache.get(text(300)), cache.get(text(499))]).toEqual([undefined, undefined, 499]);
    expect(cache.get(text(420))).toBe(420);
  });

  it('does not take a text that is longer than a sixteenth of it', () => {
    const cache = new TextCache<string>();
    cache.set('x'.repeat(65_537), 'long');
    cache.set('x'.repeat(65_536), 'short enough');
    expect([cache.get('x'.repeat(65_537)), cache.get('x'.repeat(65_536))]).toEqual([undefined, 'short enough']);
  });

  it('knows its weight, whatever was set, asked and replaced', () => {
    const texts = fc.array(fc.tuple(fc.nat({ max: 40 }), fc.boolean()), { maxLength: 200 });
    fc.assert(
      fc.property(texts, (steps) => {
        const cache = new TextCache<number>();
        const text = (length: number): string => 'y'.repeat(length * 1_500);
        for (const [length, asks] of steps) {
          if (asks) cache.get(text(length));
          else cache.set(text(length), length);
        }
        const kept = Array.from({ length: 41 }, (_, length) => length).filter((each) => cache.get(text(each)) === each);
        expect(cache.weight).toBe(kept.reduce((sum, length) => sum + text(length).length, 0));
      }),
    );
  });
});

it('a document is found by its text once it was found valid, and only the very one that was', () => {
  const documents = new Documents();
  const document = parse('{ a }');
  documents.parsed.set('{ a }', document);
  expect(documents.findValid('{ a }')).toBeUndefined();
  documents.markValid(document);
  expect(documents.findValid('{ a }')).toBe(document);
  expect(documents.findValid('{ a } ')).toBeUndefined();
  documents.parsed.set('{ a }', parse('{ a }'));
  expect(documents.findValid('{ a }')).toBeUndefined();
});
