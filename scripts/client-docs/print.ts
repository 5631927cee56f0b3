// Writes the reference of @waybill/client, packages/client/docs, from its types and their comments. With --check it only
// compares, for `npm run check`.
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Application, LogLevel, type TypeDocOptions } from 'typedoc';
import type { PluginOptions } from 'typedoc-plugin-markdown';

const CLIENT = 'packages/client';
const REFERENCE = `${CLIENT}/docs`;
/** What the package exports, as in its package.json. */
const ENTRIES = ['index', 'upload', 'react', 'apollo', 'urql', 'relay'];

const options: TypeDocOptions & PluginOptions = {
  entryPoints: ENTRIES.map((name) => `${CLIENT}/src/${name}.ts`),
  tsconfig: `${CLIENT}/tsconfig.json`,
  plugin: ['typedoc-plugin-markdown'],
  name: '@waybill/client',
  readme: 'none',
  logLevel: LogLevel.Warn,
  // `npm run check` has a check of its own for types, by the TypeScript that the project uses.
  skipErrorChecking: true,
  // What only the compiler names, such as the types of results.
  validation: { notExported: false },
  excludeExternals: true,
  // Where something is defined would change with every line above it.
  disableSources: true,
  outputFileStrategy: 'modules',
  hideBreadcrumbs: true,
  hidePageHeader: true,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  classPropertiesFormat: 'table',
  typeDeclarationFormat: 'table',
  enumMembersFormat: 'table',
};

async function print(folder: string): Promise<Map<string, string>> {
  const application = await Application.bootstrapWithPlugins(options);
  const project = await application.convert();
  if (project === undefined) throw new Error('the types of the client could not be read');
  await application.outputs.writeOutput({ name: 'markdown', path: folder }, project);
  if (application.logger.hasErrors() || application.logger.hasWarnings()) process.exitCode = 1;
  return await readAll(folder);
}

async function readAll(folder: string): Promise<Map<string, string>> {
  const names = await readdir(folder).catch(() => []);
  const texts = names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const);
  return new Map(await Promise.all(texts));
}

async function write(pages: ReadonlyMap<string, string>): Promise<void> {
  await rm(REFERENCE, { recursive: true, force: true });
  await mkdir(REFERENCE);
  for (const [name, text] of pages) await writeFile(join(REFERENCE, name), text);
}

function compare(pages: ReadonlyMap<string, string>, written: ReadonlyMap<string, string>): void {
  const names = new Set([...pages.keys(), ...written.keys()]);
  for (const name of [...names].filter((each) => pages.get(each) !== written.get(each))) {
    process.stderr.write(`${REFERENCE}/${name} is not what the types say; run \`npm run docs:client\`\n`);
    process.exitCode = 1;
  }
}

const folder = await mkdtemp(join(tmpdir(), 'waybill-docs-'));
try {
  const pages = await print(folder);
  if (process.argv.includes('--check')) compare(pages, await readAll(REFERENCE));
  else await write(pages);
} finally {
  await rm(folder, { recursive: true });
}
