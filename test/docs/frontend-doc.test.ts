// docs/frontend.md shows code that is tested: every block is part of an example.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { config } from '../../docs/examples/codegen.ts';

const PAGE = 'docs/frontend.md';
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

it('gives code generators a type for each scalar', () => {
  const scalars = [...readFileSync('schema.graphql', 'utf8').matchAll(/^scalar (\w+)/gm)].map(([, name = '']) => name);
  expect(scalars.length).toBeGreaterThan(3);
  const [relay = ''] = /^```json\n\{\n {2}"customScalarTypes"[\s\S]*?^```$/m.exec(page) ?? [];
  const { customScalarTypes } = JSON.parse(relay.replaceAll(/^```.*$/gm, '')) as { customScalarTypes: object };
  expect(Object.keys(customScalarTypes).toSorted()).toEqual(scalars.toSorted());
  expect(Object.keys(config.scalars).toSorted()).toEqual([...scalars, 'ID'].toSorted());
});
