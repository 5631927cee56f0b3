// Limits on documents. The parser, validation and execution recurse along brackets and along chains of fragments: a
// document too deep for the stack would end as an error of ours instead of the client's.
import { maxAliasesPlugin } from '@escape.tech/graphql-armor-max-aliases';
import {
  type DocumentNode,
  GraphQLError,
  Lexer,
  Source,
  TokenKind,
  type ValidationRule,
  getOperationAST,
  parse,
} from 'graphql';

/** Bytes of a request body, and of a WebSocket message. 1000 registrations with a generous kilobyte of metadata fit. */
export const MAX_BODY_BYTES = 4 * 2 ** 20;
/** Bytes of the JSON of an answer. A page of 1000 files with little metadata has less than one MiB. */
export const ANSWER_BYTES = 16 * 2 ** 20;
// A bulk of 1000 written out in the document is about 15,000 tokens. Parsing is the main cost of a hostile document.
const MAX_TOKENS = 20_000;
// Introspection is 13 levels deep; metadata written out is 32 levels deeper than its mutation.
const MAX_DEPTH = 100;
// Fields of one selection are compared with each other. Between them, only aliases, types and directives have names there.
const MAX_SELECTED_NAMES = 4_000;
const MAX_DEFINITIONS = 500;
// Comments are tokens that the parser does not count, and the lines of a block string are taken apart.
const MAX_LINES = 20_000;
const MAX_ALIASES = 200;

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

function requireFewLines(text: string): void {
  for (const end of ['\n', '\r']) {
    let lines = 0;
    for (let at = text.indexOf(end); at !== -1; at = text.indexOf(end, at + 1)) {
      lines += 1;
      if (lines > MAX_LINES) refuse(`Document has more than ${MAX_LINES} lines.`);
    }
  }
}

function requireSmall(source: Source): void {
  const lexer = new Lexer(source);
  let [depth, parentheses, names] = [0, 0, 0];
  for (let tokens = 0; tokens <= MAX_TOKENS; tokens += 1) {
    const { kind } = lexer.advance();
    if (kind === TokenKind.EOF) return;
    depth += STEP[kind] ?? 0;
    if (kind === TokenKind.PAREN_L) parentheses += 1;
    else if (kind === TokenKind.PAREN_R) parentheses -= 1;
    else if (kind === TokenKind.NAME && parentheses === 0) names += 1;
    if (names > MAX_SELECTED_NAMES)
      refuse(`Document has more than ${MAX_SELECTED_NAMES} names outside of parentheses.`);
    if (depth > MAX_DEPTH) refuse(`Document is nested more than ${MAX_DEPTH} levels deep.`);
  }
}

/** @throws GraphQLError also for documents beyond the limits */
export function parseWithinLimits(text: string): DocumentNode {
  requireFewLines(text);
  const source = new Source(text);
  requireSmall(source);
  const document = parse(source, { maxTokens: MAX_TOKENS });
  if (document.definitions.length <= MAX_DEFINITIONS) return document;
  return refuse(`Document has more than ${MAX_DEFINITIONS} definitions.`);
}

/** The package exports its rule only inside a plugin for Yoga, but WebSocket operations need it too. */
function ruleOf({ onValidate }: ReturnType<typeof maxAliasesPlugin>): ValidationRule {
  const rules: ValidationRule[] = [];
  const addValidationRule = (rule: ValidationRule): void => void rules.push(rule);
  void onValidate?.({ addValidationRule } as Parameters<NonNullable<typeof onValidate>>[0]);
  if (rules[0] === undefined) throw new TypeError('the plugin adds no validation rule');
  return rules[0];
}

export const limitAliases: ValidationRule = ruleOf(maxAliasesPlugin({ n: MAX_ALIASES }));

/**
 * In the words of Yoga, which looks for the operation before it validates.
 * @throws GraphQLError OPERATION_RESOLUTION_FAILURE
 */
export function requireOperation(document: DocumentNode, operationName: string | null): void {
  if (getOperationAST(document, operationName) !== null) return;
  const message = 'Could not determine what operation to execute.';
  throw new GraphQLError(message, { extensions: { code: 'OPERATION_RESOLUTION_FAILURE' } });
}
