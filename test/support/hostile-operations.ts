// The dearest operations that are known, of each kind, and what each is answered with.
import { MANY_TRANSITIONS, REGISTER_MANY, filled } from './hostile-variables.ts';

export interface HostileOperation {
  readonly query: string;
  /** The value of its variable `i`. */
  readonly i?: unknown;
  /** The code of the error; without one it is answered. */
  readonly code?: string;
}

export const aliases = (count: number, field: string): string =>
  Array.from({ length: count }, (_, at) => `a${at}: ${field}`).join(' ');
const page = (selection: string): string => `{ files(first: 1000) { edges { node { ${selection} } } } }`;
const repeated = (item: string, separator = ' '): string =>
  `${item}${separator}`.repeat(Math.floor(2 ** 20 / (item.length + separator.length)));
const numbered = (count: number, item: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => item(at)).join(' ');

/** Many rows, or much of each. */
const LISTS: Readonly<Record<string, HostileOperation>> = {
  'histories in twenty aliases of a list': {
    query: page(aliases(20, 'transitions(first: 1000) { edges { node { id } } }')),
    code: 'COST_LIMIT_EXCEEDED',
  },
  'histories as long as the cost allows': { query: page('transitions(first: 4) { edges { node { id } } }') },
  'forty aliases of metadata in a list': { query: page(aliases(40, 'metadata')), code: 'COST_LIMIT_EXCEEDED' },
  'metadata in as many aliases as the cost allows': { query: page(aliases(4, 'metadata')), code: 'ANSWER_TOO_LARGE' },
  'a page of files with their metadata': { query: page('id metadata') },
  'as many fields as the cost allows': { query: page(aliases(55, 'name')) },
  'as many lists as the cost allows': {
    query: `{ ${aliases(2, 'files(first: 1000) { edges { cursor node { id } } }')} }`,
  },
  'a list of allowed events in aliases': { query: page(aliases(11, 'allowedEvents')) },
  'sixty registrations with lists of lists': {
    query: REGISTER_MANY,
    i: Array.from({ length: 60 }, () => ({
      name: 'brackets',
      transfer: 'EXTERNAL',
      metadata: { a: JSON.parse(`[${'[],'.repeat(5_000)}[]]`) as unknown },
    })),
  },
  'nine thousand transitions': {
    query: MANY_TRANSITIONS,
    i: Array.from({ length: 9_000 }, (_, at) => ({ id: `file_${at}`, event: 'RESET' })),
    code: 'INVALID_INPUT',
  },
};

const INTROSPECTIONS: Readonly<Record<string, HostileOperation>> = {
  'two hundred introspections': {
    query: `{ ${aliases(200, '__schema { types { name } }')} }`,
    code: 'GRAPHQL_VALIDATION_FAILED',
  },
  'types in a hundred aliases of one introspection': {
    query: `{ __schema { ${aliases(100, 'types { fields { name type { fields { name } } } }')} } }`,
    code: 'COST_LIMIT_EXCEEDED',
  },
  'types in as many aliases as the cost allows': {
    query: `{ __schema { ${aliases(40, 'types { name fields { name description args { name } type { name kind } } }')} } }`,
  },
};

/** Much to parse, to validate, or to say about what is wrong. */
const DOCUMENTS: Readonly<Record<string, HostileOperation>> = {
  'a field ten thousand times': { query: `{ ${'fileCounts { count } '.repeat(4_900)} }`, code: 'GRAPHQL_PARSE_FAILED' },
  'fields with arguments, repeated': {
    query: `{ ${'files(first: 1) { __typename } '.repeat(1_300)} }`,
    code: 'GRAPHQL_VALIDATION_FAILED',
  },
  'five hundred fragments with the same fields': {
    query: `{ ${numbered(498, (at) => `...f${at}`)} } ${numbered(498, (at) => `fragment f${at} on Query { feedCursor fileCounts { count } }`)}`,
    code: 'GRAPHQL_VALIDATION_FAILED',
  },
  'an argument with twenty thousand values': {
    query: `{ files(filter: {states: [${'INDEXED '.repeat(19_900)}]}) { __typename } }`,
  },
  'twenty thousand wrong values': {
    query: `{ files(filter: {states: [${'INDEXEDD '.repeat(19_900)}]}) { __typename } }`,
    code: 'GRAPHQL_VALIDATION_FAILED',
  },
  'thousands of unknown types': {
    query: `query (${numbered(3_900, (at) => `$v${at}: Filez${at}`)}) { feedCursor }`,
    code: 'GRAPHQL_VALIDATION_FAILED',
  },
  'a mebibyte of fields': { query: `{ ${repeated('feedCursor')} }`, code: 'GRAPHQL_PARSE_FAILED' },
  'a mebibyte of comments': { query: `{ feedCursor } ${repeated('#', '\n')}`, code: 'GRAPHQL_PARSE_FAILED' },
  'a mebibyte of spaces': { query: `{ feedCursor } ${repeated(' ', '')}` },
  'a mebibyte of empty lines in a string': {
    query: `{ file(id: """${repeated('', '\n')}""") { id } }`,
    code: 'GRAPHQL_PARSE_FAILED',
  },
  'a mebibyte of escapes in a string': { query: `{ file(id: "${repeated(String.raw`\u00fc`, '')}") { id } }` },
  'a mebibyte of brackets': { query: `{ file(id: ${repeated('[', '')}`, code: 'GRAPHQL_PARSE_FAILED' },
};

const VARIABLES: Readonly<Record<string, HostileOperation>> = {
  'a mebibyte of states': {
    query: 'query ($i: [FileState!]) { files(filter: {states: $i}) { __typename } }',
    i: filled('"INDEXED"'),
  },
  'a mebibyte of metadata in small pieces': {
    query:
      'mutation ($i: JSONObject) { registerFile(input: {name: "x", transfer: EXTERNAL, metadata: $i}) { __typename } }',
    i: Object.fromEntries(Array.from({ length: 75_000 }, (_, at) => [`k${at}`, at])),
  },
  'a mebibyte to look for in names': {
    query: 'query ($i: String) { files(filter: {nameContains: $i}) { __typename } }',
    i: 'a%_'.repeat(300_000),
    code: 'INVALID_INPUT',
  },
};

export const HOSTILE_OPERATIONS = { ...LISTS, ...INTROSPECTIONS, ...DOCUMENTS, ...VARIABLES };
