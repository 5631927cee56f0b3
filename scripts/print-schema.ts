// Writes schema.graphql from the running code; with --check it only compares, for `npm run check`.
import { readFile, writeFile } from 'node:fs/promises';
import { printedSchema } from '../src/schema/schema.ts';

const path = new URL('../schema.graphql', import.meta.url);

if (process.argv.includes('--check')) {
  const committed = await readFile(path, 'utf8').catch(() => '');
  if (committed !== printedSchema()) {
    process.stderr.write('schema.graphql is not what the code prints; run `npm run schema:print` and commit it\n');
    process.exitCode = 1;
  }
} else {
  await writeFile(path, printedSchema());
}
