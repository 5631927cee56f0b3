// Checks on the text of the source that lint has no words for: each stands for a class of bugs that was real once.
// Rules that lint can express are in .oxlintrc.json.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';

const service = read('{src,cli}/**/*.ts');
const tests = read('test/**/*.test.ts');
const everything = [...service, ...read('{test,scripts,bench,migrations}/**/*.ts')];

describe('source', () => {
  test('never locks with em.lock, which keeps the state read before the lock', () => {
    expect(matching(everything, /\b(?:em|\w+Em|entityManager)\.lock\(/)).toEqual([]);
  });

  test('carries no changes in createPubSub, which loses and throws under load', () => {
    expect(matching(service, /\bcreatePubSub\b/)).toEqual([]);
  });

  test('reads the environment in src/config.ts and cli/environment.ts only', () => {
    const others = service.filter(({ path }) => !['src/config.ts', 'cli/environment.ts'].includes(path));
    expect(matching(others, /\bprocess\.env\b|\benv\b.*from 'node:process'/)).toEqual([]);
  });

  test('has no barrels', () => {
    expect(service.filter(({ path }) => basename(path) === 'index.ts').map(pathOf)).toEqual([]);
  });

  test('keeps a file to 250 lines', () => {
    expect(service.filter(({ text }) => text.trimEnd().split('\n').length > 250).map(pathOf)).toEqual([]);
  });

  test('says in the first line of each file what it is for', () => {
    expect(service.filter(({ text }) => !/^\/(?:\/|\*\*)/.test(text)).map(pathOf)).toEqual([]);
  });
});

describe('tests', () => {
  test('are all run: none is marked only, skip or todo', () => {
    expect(matching(tests, /\b(?:it|test|describe|suite)(?:\.\w+)*\.(?:only|skip|todo)\b/)).toEqual([]);
  });
});

describe('docs/SPEC.md', () => {
  test('names for every invariant a test that exists', () => {
    const invariants = parseInvariants(readFileSync('docs/SPEC.md', 'utf8'));
    expect(invariants.length, 'invariants found').toBeGreaterThan(0);
    expect(new Set(invariants.map(({ id }) => id)).size, 'numbers used once').toBe(invariants.length);
    expect(invariants.flatMap(faultsOf)).toEqual([]);
  });

  test('is read as rows or headings, each with the references up to the next', () => {
    const spec = [
      '| **I1** | one row | `test/a.test.ts › first`, `test/b.pg.test.ts › group › second` |',
      '| **I2** | mentions **I1**, names no test | - |',
      '### **I3** a heading',
      'Held by `test/c.test.ts › third`.',
      '## Something else, `test/d.test.ts › of nobody`',
    ].join('\n');
    expect(parseInvariants(spec)).toEqual([
      {
        id: 'I1',
        references: [
          { path: 'test/a.test.ts', titles: ['first'] },
          { path: 'test/b.pg.test.ts', titles: ['group', 'second'] },
        ],
      },
      { id: 'I2', references: [] },
      { id: 'I3', references: [{ path: 'test/c.test.ts', titles: ['third'] }] },
    ]);
    expect(parseInvariants('# A page without any')).toEqual([]);
  });

  test('fails on an invariant without a test, without the file, or without the title', () => {
    const here = 'test/static-analysis.test.ts';
    const gone = ['no test has', 'this title'].join(' ');
    expect(faultsOf({ id: 'I1', references: [{ path: here, titles: ['source', 'has no barrels'] }] })).toEqual([]);
    expect(faultsOf({ id: 'I2', references: [] })).toEqual(['I2 names no test']);
    expect(faultsOf({ id: 'I3', references: [{ path: 'test/gone.test.ts', titles: ['x'] }] })).toEqual([
      'I3: test/gone.test.ts does not exist',
    ]);
    expect(faultsOf({ id: 'I4', references: [{ path: here, titles: [gone] }] })).toEqual([
      `I4: ${here} has no "${gone}"`,
    ]);
  });
});

interface Source {
  path: string;
  text: string;
}

interface Invariant {
  id: string;
  references: { path: string; titles: string[] }[];
}

function read(pattern: string): Source[] {
  return globSync(pattern).map((path) => ({ path, text: readFileSync(path, 'utf8') }));
}

function pathOf({ path }: Source): string {
  return path;
}

/** The `path:line` of each line of code that matches. Comments may name what code must not use. */
function matching(sources: Source[], pattern: RegExp): string[] {
  return sources.flatMap(({ path, text }) =>
    withoutComments(text)
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}`] : [])),
  );
}

/** Good enough for formatted source: block comments start their line, and `//` follows a space. Keeps line numbers. */
function withoutComments(text: string): string {
  return text
    .replaceAll(/^\s*\/\*[\s\S]*?\*\//gm, (comment) => comment.replaceAll(/[^\n]/g, ''))
    .replaceAll(/(^|\s)\/\/.*$/gm, '$1');
}

/** A line that opens with `**I<n>**`, be it a row, a heading or an item, starts an invariant; a heading ends it. */
function parseInvariants(markdown: string): Invariant[] {
  const invariants: Invariant[] = [];
  let current: Invariant | undefined;
  for (const line of markdown.split('\n')) {
    const id = /^[\s|#-]*\*\*(I\d+)\*\*/.exec(line)?.[1];
    if (id !== undefined) invariants.push((current = { id, references: [] }));
    else if (line.startsWith('#')) current = undefined;
    for (const [, path = '', title = ''] of line.matchAll(/`(test\/\S+\.test\.ts) › ([^`]+)`/g)) {
      current?.references.push({ path, titles: title.split(' › ') });
    }
  }
  return invariants;
}

function faultsOf({ id, references }: Invariant): string[] {
  if (references.length === 0) return [`${id} names no test`];
  return references.flatMap(({ path, titles }) => {
    if (!existsSync(path)) return [`${id}: ${path} does not exist`];
    const text = readFileSync(path, 'utf8');
    return titles.filter((title) => !text.includes(title)).map((title) => `${id}: ${path} has no "${title}"`);
  });
}
