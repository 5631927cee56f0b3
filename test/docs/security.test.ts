// SECURITY.md names tests that exist.
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const page = readFileSync('SECURITY.md', 'utf8');
const named = [...page.matchAll(/`(test\/[\w./-]+)`/g)].map(([, path = '']) => path);

it('shows for each attack a test that exists', () => {
  expect(named.length).toBeGreaterThan(15);
  expect(named.filter((path) => !existsSync(path))).toEqual([]);
  const [, defended = ''] = page.split('## What is defended');
  const rows = [...(defended.split('## What is not')[0] ?? '').matchAll(/^\| .* \|$/gm)].map(([row]) => row).slice(2);
  expect(rows.length).toBeGreaterThan(10);
  expect(rows.filter((row) => !/`test\/|the same/.test(row))).toEqual([]);
});
