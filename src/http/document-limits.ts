// The limits of what may be asked. Refuses documents that cost more than any honest one. Parser, validation and execution recurse along brackets and
// along chains of fragments; what is too deep for the stack would come out as our own error instead of the client's.
import { type DocumentNode, GraphQLError, Lexer, type ParseOptions, Source, TokenKind, parse } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** Bytes of a request body, and of a WebSocket message. 1000 registrations with a generous kilobyte of metadata fit. */
export const MAX_BODY_BYTES = 4 * 2 ** 20;
// A bulk of 1000 written out in the document is about 15,000 tokens; parsing is what a hostile document costs most.
const MAX_TOKENS = 20_000;
// Introspection goes 13 deep, metadata written out 32 deeper than its mutation.
const MAX_DEPTH = 100;
const MAX_DEFINITIONS = 500;

const STEP: Readonly<Partial<Record<TokenKind, 1 | -1>>> = {
  [TokenKind.BRACE_L]: 1,
  [TokenKind.BRACKET_L]: 1,
  [TokenKind.PAREN_L]: 1,
  [TokenKind.BRACE_R]: -1,
  [TokenKind.BRACKET_R]: -1,
  [TokenKind.PAREN_R]: -1,
};

const refuse = (message: string): never => {
  throw new GraphQLError(`Syntax Error: ${message}`, { extensions: { code: 'GRAPHQL_PARSE_FAILED' } });
};

function requireShallow(source: Source): void {
  const lexer = new Lexer(source);
  let depth = 0;
  for (let tokens = 0; tokens <= MAX_TOKENS; tokens += 1) {
    const { kind } = lexer.advance();
    if (kind === TokenKind.EOF) return;
    depth += STEP[kind] ?? 0;
    if (depth > MAX_DEPTH) refuse(`Document is nested more than ${MAX_DEPTH} levels deep.`);
  }
}

/** @throws GraphQLError also for documents beyond the limits */
function parseWithinLimits(text: string | Source, options?: ParseOptions): DocumentNode {
  const source = typeof text === 'string' ? new Source(text) : text;
  requireShallow(source);
  const document = parse(source, { ...options, maxTokens: MAX_TOKENS });
  if (document.definitions.length <= MAX_DEFINITIONS) return document;
  return refuse(`Document has more than ${MAX_DEFINITIONS} definitions.`);
}

export const limitDocument: Plugin = {
  onParse: ({ setParseFn }) => setParseFn(parseWithinLimits),
};
