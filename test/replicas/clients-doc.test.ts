// docs/clients.md shows code that is tested: every block is part of an example.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';

const PAGE = 'docs/clients.md';
const page = readFileSync(PAGE, 'utf8');
const examples = globSync('docs/examples/*.ts').map((path) => readFileSync(path, 'utf8'));
const blocks = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code);

it('shows nothing but what is in the examples, to the letter', () => {
  expect(blocks.length).toBeGreaterThan(4);
  expect(blocks.filter((block) => !examples.some((example) => example.includes(block)))).toEqual([]);
});

it('links to files that exist, and to every example', () => {
  const links = [...page.matchAll(/\]\(([^)#:]+)\)/g)].map(([, link = '']) => join(dirname(PAGE), link));
  expect(links.filter((link) => !existsSync(link))).toEqual([]);
  expect(globSync('docs/examples/*.ts').filter((path) => !links.includes(path))).toEqual([]);
});
