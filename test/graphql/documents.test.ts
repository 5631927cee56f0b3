// The cache of documents: bounded, evicts the least recently used, and skips validation only for valid documents.
import fc from 'fast-check';
import { type DocumentNode, GraphQLError, Source, buildSchema, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { DocumentCache, Documents } from '../../src/graphql/documents.ts';
import { NativeDocuments, schema as nativeSchema } from '../support/native.ts';

/** So many tokens: the braces and the ends of the text count too. */
const documentOf = (name: string, tokens: number): DocumentNode => parse(`{ ${name} ${'a '.repeat(tokens - 5)}}`);

describe('the cache of documents', () => {
  it('keeps what was used last, up to fifty thousand tokens', () => {
    const cache = new DocumentCache();
    const documents = Array.from({ length: 200 }, (_, at) => documentOf(`f${at}`, 1_000));
    for (const [at, document] of documents.entries()) {
      cache.set(`f${at}`, document);
      expect(cache.get('f7'), 'in use all the time').toBe(at < 7 ? undefined : documents[7]);
      expect(cache.weight).toBeLessThanOrEqual(50_000);
    }
    expect(cache.weight).toBeGreaterThan(45_000);
    expect([cache.get('f8'), cache.get('f100')]).toEqual([undefined, undefined]);
    expect([cache.get('f170'), cache.get('f199')]).toEqual([documents[170], documents[199]]);
  });

  it('does not take a document of a tenth of it', () => {
    const cache = new DocumentCache();
    cache.set('long', documentOf('a', 5_001));
    cache.set('with a long text', parse(`{ a(b: "${'x'.repeat(2_000_000)}") }`));
    expect([cache.get('long'), cache.get('with a long text'), cache.weight]).toEqual([undefined, undefined, 0]);
  });

  it('knows its weight, whatever was set, asked, replaced and deleted', () => {
    const documents = Array.from({ length: 41 }, (_, at) => documentOf('a', 5 + at * 100));
    const steps = fc.array(fc.tuple(fc.nat({ max: 40 }), fc.nat({ max: 2 })), { maxLength: 200 });
    fc.assert(
      fc.property(steps, (taken) => {
        const cache = new DocumentCache();
        for (const [at, step] of taken) {
          if (step === 0) cache.get(`${at}`);
          else if (step === 1) cache.set(`${at}`, documents[at]!);
          else cache.delete(`${at}`);
        }
        const kept = documents.filter((document, at) => cache.get(`${at}`) === document);
        const alone = kept.map((document) => {
          const one = new DocumentCache();
          one.set('it', document);
          return one.weight;
        });
        expect(cache.weight).toBe(alone.reduce((sum, weight) => sum + weight, 0));
      }),
    );
  });
});

describe('documents', () => {
  const schema = buildSchema('type Query { a: Int }');

  it('are refused with a code, which a WebSocket does not add, and with their place', () => {
    const documents = new Documents(schema);
    const [error] = documents.validate(documents.parse('{ b }'));
    expect(error?.toJSON()).toEqual({
      message: 'Cannot query field "b" on type "Query". Did you mean "a"?',
      locations: [{ line: 1, column: 3 }],
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
    });
  });

  it('are parsed once by their text', () => {
    const documents = new Documents(schema);
    const document = documents.parse('{ a }');
    expect(documents.parse('{ a }')).toBe(document);
    expect(documents.parse(new Source('{ a }', 'a name'))).toBe(document);
    expect(documents.parse('{ a } ')).not.toBe(document);
  });

  it('are validated until they are found valid, and refused with new errors each time', () => {
    const documents = new Documents(schema);
    expect(documents.validate(documents.parse('{ a }'))).toEqual([]);
    expect(documents.validate(documents.parse('{ a }'))).toEqual([]);
    const [first, second] = [
      documents.validate(documents.parse('{ b }')),
      documents.validate(documents.parse('{ b }')),
    ];
    expect(first.map(({ message }) => message)).toEqual(['Cannot query field "b" on type "Query". Did you mean "a"?']);
    // Over HTTP a status is added to an error: the next transport must not see it.
    expect(second).toEqual(first);
    expect(second[0]).not.toBe(first[0]);
  });

  it('are not kept when they are invalid, but for the last one', () => {
    const documents = new Documents(schema);
    const [b, c] = [documents.parse('{ b }'), documents.parse('{ c }')];
    documents.validate(b);
    expect(documents.parse('{ b }')).toBe(b);
    documents.validate(c);
    expect(documents.parse('{ c }')).toBe(c);
    expect(documents.parse('{ b }')).not.toBe(b);
  });

  it('are refused with a new error each time they do not parse', () => {
    const documents = new Documents(schema);
    const errorOf = (text: string): unknown => {
      try {
        return documents.parse(text);
      } catch (error) {
        return error;
      }
    };
    expect(errorOf('{')).toBeInstanceOf(GraphQLError);
    expect(errorOf('{')).not.toBe(errorOf('{'));
  });

  it('may have 200 aliases', () => {
    const documents = new NativeDocuments(nativeSchema);
    const aliases = (count: number): string =>
      `{ ${Array.from({ length: count }, (_, at) => `a${at}: feedCursor`).join(' ')} }`;
    expect(documents.validate(documents.parse(aliases(200)))).toEqual([]);
    const [refusal] = documents.validate(documents.parse(aliases(201)));
    expect(refusal?.message).toContain('Aliases limit of 200 exceeded');
    expect(refusal?.extensions).toEqual({ code: 'GRAPHQL_VALIDATION_FAILED' });
  });
});
