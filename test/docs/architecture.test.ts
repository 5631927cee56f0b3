// docs/architecture.md names files and folders that exist, and every room of src/ in its order.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOMS } from '../../rooms.ts';

const PAGE = 'docs/architecture.md';
const page = readFileSync(PAGE, 'utf8');
const TERMS = 25;

/** What stands in backticks and has a slash or a file's ending. */
const named = [...page.matchAll(/`([\w.-]+(?:\/[\w./-]*|\.\w+))`/g)].map(([, path = '']) => path);
const links = [...page.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => join(dirname(PAGE), target));

it('names files and folders that exist', () => {
  expect(named.length).toBeGreaterThan(80);
  expect(links.length).toBeGreaterThan(3);
  expect([...named, ...links].filter((path) => !existsSync(path))).toEqual([]);
});

it('describes every room of src/, in the order of imports', () => {
  const rows = [...page.matchAll(/^\| `src\/(\w+)\/` \|/gm)].map(([, room]) => room);
  const built: readonly string[] = readdirSync('src');
  expect(rows).toEqual(ROOMS.filter((room) => built.includes(room)));
});

it(`explains at most ${TERMS} terms`, () => {
  const [, glossary = ''] = page.split('## Glossary');
  const terms = [...glossary.matchAll(/^\| ([a-z][\w -]*) \|/gm)].map(([, term = '']) => term).slice(1);
  expect(terms.length).toBeGreaterThan(10);
  expect(terms.length).toBeLessThanOrEqual(TERMS);
});
