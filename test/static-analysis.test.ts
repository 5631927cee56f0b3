// Checks on the text of the source that lint cannot express. Each prevents a class of bugs that was real once.
// The rules that lint can express are in oxlint.config.ts.
import { existsSync, globSync, readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { OPEN_FILES, ROOMS, TOP_FILES, refuseImport } from '../rooms.ts';
import { FILE_STATES } from '../src/fsm/machine.ts';

const isByHand = ({ path }: { readonly path: string }): boolean => !path.includes('/generated/');
const service = read('{src,cli}/**/*.ts').filter(isByHand);
const packages = read('packages/*/src/**/*.ts').filter(isByHand);
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

  test('names a state in src/fsm only: everybody else asks for a tag', () => {
    const others = read('src/**/*.ts').filter(({ path }) => !path.startsWith('src/fsm/'));
    const state = new RegExp(`['"\`](?:${FILE_STATES.join('|')})['"\`]`);
    expect(matching(others, state)).toEqual([]);
  });

  test('has no barrels', () => {
    expect(service.filter(({ path }) => basename(path) === 'index.ts').map(pathOf)).toEqual([]);
  });

  test('keeps a file to 250 lines', () => {
    expect([...service, ...packages].filter(({ text }) => text.trimEnd().split('\n').length > 250).map(pathOf)).toEqual(
      [],
    );
  });

  test('says in the first line of each file what it is for', () => {
    expect([...service, ...packages].filter(({ text }) => !/^\/(?:\/|\*\*)/.test(text)).map(pathOf)).toEqual([]);
  });
});

describe('the rooms of src/', () => {
  test('import downwards only', () => {
    const sources = read('src/**/*.ts');
    const imports = sources.flatMap(importsOf);
    expect(imports.length, 'imports found').toBeGreaterThan(sources.length);
    expect(imports.flatMap(({ from, to }) => describeRefusal(from, to))).toEqual([]);
  });

  test('are all in rooms.ts, and so is every file beside them', () => {
    const known: readonly string[] = [...ROOMS, ...TOP_FILES, ...OPEN_FILES];
    expect(readdirSync('src').filter((entry) => !known.includes(entry))).toEqual([]);
  });

  test('are in an order: an import that goes up, out of src/, or out of fsm is refused', () => {
    expect(refuseImport('src/http/server.ts', 'src/fsm/machine.ts')).toBeNull();
    expect(refuseImport('src/http/server.ts', 'src/http/graphql/yoga.ts')).toBeNull();
    expect(refuseImport('src/program.ts', 'src/http/server.ts')).toBeNull();
    expect(refuseImport('src/feed/feed.ts', 'src/log.ts')).toBeNull();
    expect(refuseImport('src/feed/feed.ts', 'src/schema/schema.ts')).not.toBeNull();
    expect(refuseImport('src/graphql/graphql.ts', 'src/http/graphql/yoga.ts')).not.toBeNull();
    expect(refuseImport('src/http/server.ts', 'src/program.ts')).not.toBeNull();
    expect(refuseImport('src/fsm/machine.ts', 'src/errors.ts')).not.toBeNull();
    expect(refuseImport('src/errors.ts', 'src/fsm/machine.ts')).not.toBeNull();
    expect(refuseImport('src/db/orm.ts', 'test/support/pool.ts')).not.toBeNull();
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
      '| **M1** | one row | `test/a.test.ts › first`, `test/b.pg.test.ts › group › second` |',
      '| **M2** | mentions **M1**, names no test | - |',
      '### **F1** a heading',
      'Held by `test/c.test.ts › third`.',
      '## Something else, `test/d.test.ts › of nobody`',
    ].join('\n');
    expect(parseInvariants(spec)).toEqual([
      {
        id: 'M1',
        references: [
          { path: 'test/a.test.ts', titles: ['first'] },
          { path: 'test/b.pg.test.ts', titles: ['group', 'second'] },
        ],
      },
      { id: 'M2', references: [] },
      { id: 'F1', references: [{ path: 'test/c.test.ts', titles: ['third'] }] },
    ]);
    expect(parseInvariants('# A page without any')).toEqual([]);
  });

  test('fails on an invariant without a test, without the file, or without the title', () => {
    const here = 'test/static-analysis.test.ts';
    const gone = ['no test has', 'this title'].join(' ');
    expect(faultsOf({ id: 'M1', references: [{ path: here, titles: ['source', 'has no barrels'] }] })).toEqual([]);
    expect(faultsOf({ id: 'M2', references: [] })).toEqual(['M2 names no test']);
    expect(faultsOf({ id: 'M3', references: [{ path: 'test/gone.test.ts', titles: ['x'] }] })).toEqual([
      'M3: test/gone.test.ts does not exist',
    ]);
    expect(faultsOf({ id: 'M4', references: [{ path: here, titles: [gone] }] })).toEqual([
      `M4: ${here} has no "${gone}"`,
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

/** What a file imports of the repository, types and dynamic imports included, as paths from its root. */
function importsOf({ path, text }: Source): { from: string; to: string }[] {
  return [...withoutComments(text).matchAll(/(?:from|import)\s*\(?'(\.[^']+)'/g)].map(([, specifier = '']) => ({
    from: path,
    to: join(dirname(path), specifier),
  }));
}

function describeRefusal(from: string, to: string): string[] {
  const reason = refuseImport(from, to);
  return reason === null ? [] : [`${from} imports ${to}, which is refused: ${reason}`];
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

/** A row, heading or item that opens with a number such as `**F3**` starts an invariant; the next heading ends it. */
function parseInvariants(markdown: string): Invariant[] {
  const invariants: Invariant[] = [];
  let current: Invariant | undefined;
  for (const line of markdown.split('\n')) {
    const id = /^[\s|#-]*\*\*([A-Z]\d+)\*\*/.exec(line)?.[1];
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
