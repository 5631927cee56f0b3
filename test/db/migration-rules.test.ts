// Migrations run while replicas of the version before are at work: what would lock or rewrite a large table for long is
// refused here (CONTRIBUTING.md, "Change the database").
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const DIR = join(import.meta.dirname, '../../migrations');
/** The last one from before these rules. */
const BEFORE = 'Migration20261125010103_counts.ts';

const STATEMENT = /addSql\(\s*([`'"])([\s\S]*?)\1\s*,?\s*\)/g;

/** What is wrong with a migration: statements that others have to wait for. */
function faultsOf(name: string, text: string): string[] {
  const statements = [...text.matchAll(STATEMENT)].map(([, , sql]) => sql!.toLowerCase());
  const created = new Set(statements.flatMap((sql) => /^create table "(\w+)"/.exec(sql)?.[1] ?? []));
  const isNew = (table: string | undefined): boolean => table !== undefined && created.has(table);
  return statements.filter((sql) => {
    const index = /^create (?:unique )?index (concurrently )?.* on "(\w+)"/.exec(sql);
    if (index !== null) return index[1] === undefined && !isNew(index[2]);
    const altered = /^alter table "(\w+)"/.exec(sql);
    if (altered !== null && /add constraint .* (check|foreign key)/.test(sql)) {
      return !isNew(altered[1]) && !/not valid/.test(sql);
    }
    const updated = /^update "(\w+)"/.exec(sql);
    return updated !== null && !isNew(updated[1]) && !name.includes('_concurrently');
  });
}

it('no migration makes the replicas that are running wait', () => {
  const later = readdirSync(DIR).filter((name) => name > BEFORE);
  const faults = later.flatMap((name) => faultsOf(name, readFileSync(join(DIR, name), 'utf8')));
  expect(faults).toEqual([]);
});

it('the rules find what they are there for', () => {
  const sql = [
    'create index "a" on "file" ("name");',
    'alter table "file" add constraint "b" check (size > 0);',
    'update "file" set size = 0;',
    'create index concurrently "c" on "file" ("name");',
    'alter table "file" add constraint "d" check (size > 0) not valid;',
    'alter table "file" validate constraint "d";',
    'create table "new" ("id" int);',
    'create index "e" on "new" ("id");',
  ];
  const text = sql.map((each) => `this.addSql(\`${each}\`);`).join('\n');
  expect(faultsOf('Migration1_name', text)).toEqual(sql.slice(0, 3));
});
