// Writes the generated files of packages/client, of web and of cli from schema.graphql and their documents (docs/adr/0031):
// the types of the operations by GraphQL Code Generator, and their texts. With --check it only compares, for `npm run check`.
import { globSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { codegen } from '@graphql-codegen/core';
import * as typescriptOperations from '@graphql-codegen/typescript-operations';
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  concatAST,
  parse,
  print,
  stripIgnoredCharacters,
  visit,
} from 'graphql';
import { config } from '../docs/examples/codegen.ts';

const CLIENT = 'packages/client/src';
const SUFFIX = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' } as const;

/** The types of inputs, enums, fragments, results and variables. */
async function printTypes(schema: DocumentNode, documents: DocumentNode, location: string): Promise<string> {
  const text = await codegen({
    filename: 'operations.ts',
    schema,
    documents: [{ document: documents, location }],
    plugins: [{ operations: {} }],
    pluginMap: { operations: typescriptOperations },
    config: { ...config, immutableTypes: true, enumType: 'string-literal' },
  });
  // A promise of the generator about its own helpers, which nothing here uses.
  return text.replace(/^\/\*\* Internal type.*\nexport type Incremental.*\n/m, '');
}

/** @param documents with the fragments that the operations spread */
function printTexts(own: DocumentNode, documents: DocumentNode, imported: string, keyedInputs?: string[]): string {
  const operations = own.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const types = operations.flatMap(({ name, operation }) => {
    const type = `${name!.value}${SUFFIX[operation]}`;
    return [type, `${type}Variables`];
  });
  return [
    `import type { TypedDocument } from '${imported}';`,
    `import type {\n${types.map((type) => `  ${type},\n`).join('')}} from './operations.ts';`,
    ...(keyedInputs === undefined ? [] : ['', printKeyedInputs(keyedInputs)]),
    ...operations.map((operation) => printOperation(operation, documents)),
    '',
  ].join('\n');
}

const printKeyedInputs = (names: readonly string[]): string =>
  `/** The inputs that take an idempotency key. */\nexport const KEYED_INPUTS = [${names.map((name) => `'${name}'`).join(', ')}] as const;`;

function printOperation(operation: OperationDefinitionNode, documents: DocumentNode): string {
  const name = operation.name!.value;
  const type = `${name}${SUFFIX[operation.operation]}`;
  const definitions = [operation, ...fragmentsOf(operation, documents)];
  const text = stripIgnoredCharacters(print({ kind: Kind.DOCUMENT, definitions }));
  const constant = name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
  return `\nexport const ${constant}: TypedDocument<${type}, ${type}Variables> =\n  '${text}';`;
}

/** The fragments that are spread in a definition, and in those. */
function fragmentsOf(
  definition: OperationDefinitionNode | FragmentDefinitionNode,
  documents: DocumentNode,
): FragmentDefinitionNode[] {
  const found = new Map<string, FragmentDefinitionNode>();
  const look = (at: OperationDefinitionNode | FragmentDefinitionNode): void => {
    visit(at, {
      FragmentSpread: ({ name }) => {
        if (found.has(name.value)) return;
        const fragment = documents.definitions.find(
          (each) => each.kind === Kind.FRAGMENT_DEFINITION && each.name.value === name.value,
        ) as FragmentDefinitionNode;
        found.set(name.value, fragment);
        look(fragment);
      },
    });
  };
  look(definition);
  return [...found.values()];
}

function keyedInputsOf(schema: DocumentNode): string[] {
  return schema.definitions.flatMap((definition) =>
    definition.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION &&
    definition.fields?.some(({ name }) => name.value === 'idempotencyKey') === true
      ? [definition.name.value]
      : [],
  );
}

const headOf = (what: string, folder: string): string =>
  `// ${what} Written by \`npm run documents:print\` from schema.graphql and\n// ${folder}/documents: change those.\n\n`;

async function readDocuments(folder: string): Promise<DocumentNode> {
  const sources = globSync(`${folder}/documents/*.graphql`).toSorted();
  return concatAST(await Promise.all(sources.map(async (path) => parse(await readFile(path, 'utf8')))));
}

async function writeOrCompare(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = `${folder}/generated/${name}`;
    if (!process.argv.includes('--check')) await writeFile(path, text);
    else if ((await readFile(path, 'utf8').catch(() => '')) !== text) {
      process.stderr.write(`${path} is not what the schema and the documents give; run \`npm run documents:print\`\n`);
      process.exitCode = 1;
    }
  }
}

const schema = parse(await readFile('schema.graphql', 'utf8'));
const ofClient = await readDocuments(CLIENT);
const headOfTypes = (folder: string): string => headOf('The types of the operations.', folder);
const headOfTexts = (folder: string): string => headOf('The texts of the operations.', folder);
await writeOrCompare(CLIENT, {
  'operations.ts': headOfTypes(CLIENT) + (await printTypes(schema, ofClient, CLIENT)),
  'documents.ts': headOfTexts(CLIENT) + printTexts(ofClient, ofClient, '../document.ts', keyedInputsOf(schema)),
});

/** The page spreads the fragments of the client. */
const WEB = 'web/src';
const ofWeb = await readDocuments(WEB);
const fragments = ofClient.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
const spread: DocumentNode = { kind: Kind.DOCUMENT, definitions: [...fragments, ...ofWeb.definitions] };
await writeOrCompare(WEB, {
  'operations.ts': headOfTypes(WEB) + (await printTypes(schema, spread, WEB)),
  'documents.ts': headOfTexts(WEB) + printTexts(ofWeb, spread, '@waybill/client'),
});

/** The command line has fragments of its own: the order of its fields is that of what it prints. */
const CLI = 'cli';
const ofCli = await readDocuments(CLI);
await writeOrCompare(CLI, {
  'operations.ts': headOfTypes(CLI) + (await printTypes(schema, ofCli, CLI)),
  'documents.ts': headOfTexts(CLI) + printTexts(ofCli, ofCli, '../../packages/client/src/index.ts'),
});
