// The code generators of teams over schema.graphql, with what docs/frontend.md tells them to set: GraphQL Code Generator, and
// the Relay compiler where there is one (43 MB for five platforms, so that `npm ci` does not bring it; .ci/run does).
import { execFileSync } from 'node:child_process';
import { accessSync, constants, globSync, readFileSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { codegen } from '@graphql-codegen/core';
import * as typescriptOperations from '@graphql-codegen/typescript-operations';
import { parse } from 'graphql';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { config } from '../../docs/examples/codegen.ts';
import { type TemporaryDir, createTemporaryDir } from '../support/temporary-dir.ts';

let dir: TemporaryDir;
beforeEach(async () => {
  dir = await createTemporaryDir();
});
afterEach(() => dir.remove());

/** A list that is paged through, a mutation, and a subscription that is resumed, as Relay names them. */
const LIST = `query main_ListQuery($first: Int!, $after: String, $filter: FileFilter) { ...main_list }`;
const FILES = `fragment main_list on Query {
  feedCursor
  files(first: $first, after: $after, filter: $filter) @connection(key: "main_list_files") {
    edges { node { id name size state version allowedEvents metadata createdAt failure { code retryable } } }
  }
}`;
const CHANGES = `subscription main_ChangesSubscription($after: Cursor) {
  fileChanges(after: $after) {
    __typename cursor kind fileId
    ... on FileChangeWithFile { file { id state version } }
  }
}`;
const RETRY = `mutation main_RetryMutation($input: TransitionFileInput!) {
  transitionFile(input: $input) {
    __typename
    ... on TransitionFileSuccess { replayed file { id state version } }
    ... on Error { code message }
  }
}`;

const tsc = (...files: readonly string[]): void => {
  const flags = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2022', '--module', 'esnext'];
  const resolution = ['--moduleResolution', 'bundler', '--types', '', '--lib', 'es2023,dom'];
  const options = { cwd: dir.path, encoding: 'utf8' } as const;
  execFileSync(resolve('node_modules/.bin/tsc'), [...flags, ...resolution, ...files], options);
};

it('GraphQL Code Generator gives each document types, and none of them is unknown', async () => {
  const documents = [LIST, FILES.replace(/ @connection\([^)]*\)/, ''), CHANGES, RETRY].join('\n');
  const text = await codegen({
    filename: 'operations.ts',
    schema: parse(readFileSync('schema.graphql', 'utf8')),
    documents: [{ document: parse(documents), location: 'main.graphql' }],
    plugins: [{ operations: {} }],
    pluginMap: { operations: typescriptOperations },
    config,
  });
  expect(text).toContain('metadata: Record<string, unknown>');
  expect(text).not.toMatch(/\w\??: (?:any|unknown)\b/);
  await dir.write('operations.ts', text);
  await dir.write(
    'use.ts',
    `import type { Main_ChangesSubscriptionSubscription, Main_ListFragment, Main_RetryMutationMutation } from './operations';
    declare const list: Main_ListFragment;
    declare const data: Main_ChangesSubscriptionSubscription;
    declare const answer: Main_RetryMutationMutation;
    for (const { node } of list.files.edges) (node.size satisfies number | null, node.createdAt satisfies string);
    const { cursor } = data.fileChanges;
    (cursor satisfies string);
    if (data.fileChanges.__typename === 'FileTransitioned') (data.fileChanges.file.version satisfies number);
    if (answer.transitionFile.__typename === 'TransitionFileSuccess') (answer.transitionFile.replayed satisfies boolean);
    // @ts-expect-error There is no such field.
    data.fileChanges.gone;`,
  );
  expect(() => tsc('use.ts')).not.toThrow();
});

const relayCompiler = [process.env['RELAY_COMPILER'], ...(process.env.PATH ?? '').split(delimiter).map(inPath)].find(
  isExecutable,
);
if (relayCompiler === undefined) console.warn('No relay-compiler on PATH or at RELAY_COMPILER: its test is left out.');

function inPath(folder: string): string {
  return join(folder, 'relay-compiler');
}

function isExecutable(path: string | undefined): path is string {
  try {
    if (path !== undefined) accessSync(path, constants.X_OK);
    return path !== undefined;
  } catch {
    return false;
  }
}

it.runIf(relayCompiler !== undefined)('the Relay compiler takes the schema, and its types fit', async () => {
  const [, scalars = ''] = /^```json\n(\{\n {2}"customScalarTypes"[\s\S]*?)^```$/m.exec(
    readFileSync('docs/frontend.md', 'utf8'),
  )!;
  const { customScalarTypes } = JSON.parse(scalars) as { customScalarTypes: Record<string, string> };
  await dir.write('schema.graphql', readFileSync('schema.graphql', 'utf8'));
  await dir.write('package.json', '{}');
  await dir.write(
    'relay.config.json',
    JSON.stringify({ src: './src', schema: './schema.graphql', language: 'typescript', customScalarTypes }),
  );
  const tagged = [
    LIST,
    FILES.replace('fragment main_list on Query', '$& @refetchable(queryName: "main_ListPaginationQuery")'),
    CHANGES,
    RETRY,
  ];
  await dir.write(
    'src/main.ts',
    `declare function graphql(text: TemplateStringsArray): void;\n${tagged.map((text) => `graphql\`${text}\`;`).join('\n')}`,
  );
  execFileSync(relayCompiler!, ['relay.config.json'], { cwd: dir.path, encoding: 'utf8', stdio: 'pipe' });
  const artifacts = globSync('src/__generated__/*.graphql.ts', { cwd: dir.path }).toSorted();
  expect(artifacts.map((path) => path.replace(/.*\/(\w+)\..*/, '$1'))).toEqual([
    'main_ChangesSubscription',
    'main_ListPaginationQuery',
    'main_ListQuery',
    'main_RetryMutation',
    'main_list',
  ]);
  await dir.write(
    'use.ts',
    `import type { main_ChangesSubscription$data as Data } from './src/__generated__/main_ChangesSubscription.graphql';
    import type { main_list$data as List } from './src/__generated__/main_list.graphql';
    declare const data: Data;
    declare const list: List;
    (data.fileChanges.cursor satisfies string);
    for (const { node } of list.files.edges) (node.size satisfies number | null | undefined, node.createdAt satisfies string);`,
  );
  await symlink(resolve('node_modules'), join(dir.path, 'node_modules'));
  expect(() => tsc('use.ts', ...artifacts)).not.toThrow();
});
