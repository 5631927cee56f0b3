// Writes packages/client/src/generated from schema.graphql and the documents of the client (docs/adr/0031): the types of
// its operations by GraphQL Code Generator, and their texts. With --check it only compares, for `npm run check`.
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

const FOLDER = 'packages/client/src';
const SUFFIX = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' } as const;

/** The types of inputs, enums, fragments, results and variables. */
async function printTypes(schema: DocumentNode, documents: DocumentNode): Promise<string> {
  const text = await codegen({
    filename: 'operations.ts',
    schema,
    documents: [{ document: documents, location: FOLDER }],
    plugins: [{ operations: {} }],
    pluginMap: { operations: typescriptOperations },
    config: { ...config, immutableTypes: true, enumType: 'string-literal' },
  });
  // A promise of the generator about its own helpers, which nothing here uses.
  return text.replace(/^\/\*\* Internal type.*\nexport type Incremental.*\n/m, '');
}

function printTexts(documents: DocumentNode, keyedInputs: readonly string[]): string {
  const operations = documents.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const types = operations.flatMap(({ name, operation }) => {
    const type = `${name!.value}${SUFFIX[operation]}`;
    return [type, `${type}Variables`];
  });
  return [
    "import type { TypedDocument } from '../document.ts';",
    `import type {\n${types.map((type) => `  ${type},\n`).join('')}} from './operations.ts';`,
    '',
    '/** The inputs that take an idempotency key. */',
    `export const KEYED_INPUTS = [${keyedInputs.map((name) => `'${name}'`).join(', ')}] as const;`,
    ...operations.map((operation) => printOperation(operation, documents)),
    '',
  ].join('\n');
}

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

const HEAD = (what: string): string =>
  `// ${what} Written by \`npm run documents:print\` from schema.graphql and\n// packages/client/src/documents: change those.\n\n`;

const schema = parse(await readFile('schema.graphql', 'utf8'));
const sources = globSync(`${FOLDER}/documents/*.graphql`).toSorted();
const documents = concatAST(await Promise.all(sources.map(async (path) => parse(await readFile(path, 'utf8')))));
const files = {
  'operations.ts': HEAD('The types of the operations.') + (await printTypes(schema, documents)),
  'documents.ts': HEAD('The texts of the operations.') + printTexts(documents, keyedInputsOf(schema)),
};
for (const [name, text] of Object.entries(files)) {
  const path = `${FOLDER}/generated/${name}`;
  if (!process.argv.includes('--check')) await writeFile(path, text);
  else if ((await readFile(path, 'utf8').catch(() => '')) !== text) {
    process.stderr.write(`${path} is not what the schema and the documents give; run \`npm run documents:print\`\n`);
    process.exitCode = 1;
  }
}
