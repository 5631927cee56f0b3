// Parses and validates documents, the same way for every transport. Most requests send one of a few documents, so those that
// are valid are kept by their text.
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  type Source,
  type ValidationRule,
  specifiedRules,
  validate,
} from 'graphql';
import { withCode } from './errors.ts';
import { refuseIntrospection, withoutSuggestion } from './introspection.ts';
import { limitAliases, parseWithinLimits } from './limits.ts';
import { type TrustedDocuments, refuseText } from './trusted-documents.ts';

/**
 * Tokens of all kept documents together. Each takes some 400 bytes with its node, and an operation has about a hundred. By
 * the length of their texts, a mebibyte of short names took 300 MiB.
 */
const MAX_TOKENS = 50_000;
/** A longer document is parsed each time: it would push out many others. */
const MAX_TOKENS_OF_ONE = 5_000;
/** Characters that take as much memory as a token. */
const CHARACTERS = 400;

/** Keeps the most recently used documents, by text. */
export class DocumentCache {
  /** Least recently used first. */
  readonly #documents = new Map<string, DocumentNode>();
  #weight = 0;

  /** In tokens. */
  get weight(): number {
    return this.#weight;
  }

  get(text: string): DocumentNode | undefined {
    const document = this.#documents.get(text);
    if (document === undefined) return undefined;
    this.#documents.delete(text);
    this.#documents.set(text, document);
    return document;
  }

  set(text: string, document: DocumentNode): void {
    const weight = weightOf(document);
    if (weight > MAX_TOKENS_OF_ONE) return;
    this.delete(text);
    this.#documents.set(text, document);
    this.#weight += weight;
    for (const [oldest] of this.#documents) {
      if (this.#weight <= MAX_TOKENS) break;
      this.delete(oldest);
    }
  }

  delete(text: string): void {
    const document = this.#documents.get(text);
    if (document === undefined) return;
    this.#documents.delete(text);
    this.#weight -= weightOf(document);
  }
}

/** In tokens. Comments are tokens here, too. */
function weightOf(document: DocumentNode): number {
  let tokens = 0;
  for (let token = document.loc?.startToken ?? null; token !== null; token = token.next) tokens += 1;
  return tokens + Math.ceil(textOf(document).length / CHARACTERS);
}

const RULES: readonly ValidationRule[] = [...specifiedRules, limitAliases];

export interface DocumentSwitches {
  readonly introspection: boolean;
  /** Whether refusals say what a client may have meant. */
  readonly suggestions: boolean;
  /** Nothing else is executed; null: everything may be. */
  readonly trusted: TrustedDocuments | null;
}

const ALL_ON: DocumentSwitches = { introspection: true, suggestions: true, trusted: null };

export class Documents {
  readonly #schema: GraphQLSchema;
  readonly #switches: DocumentSwitches;
  readonly #parsed = new DocumentCache();
  /** The last one that was not valid: over HTTP it is asked for twice (http/graphql/fast-path.ts), and then no more. */
  #invalid: DocumentNode | null = null;
  /** What validation found. */
  readonly #errors = new WeakMap<DocumentNode, readonly GraphQLError[]>();

  constructor(schema: GraphQLSchema, switches = ALL_ON) {
    this.#schema = schema;
    this.#switches = switches;
  }

  /** @throws GraphQLError GRAPHQL_PARSE_FAILED, PERSISTED_QUERY_ONLY */
  parse(source: string | Source): DocumentNode {
    const text = typeof source === 'string' ? source : source.body;
    const known = this.#invalid !== null && textOf(this.#invalid) === text ? this.#invalid : this.#parsed.get(text);
    if (known !== undefined) return known;
    if (this.#switches.trusted?.has(text) === false) refuseText();
    const document = parseCoded(text);
    this.#parsed.set(text, document);
    return document;
  }

  /** @returns errors GRAPHQL_VALIDATION_FAILED, INTROSPECTION_DISABLED */
  validate(document: DocumentNode): readonly GraphQLError[] {
    const errors = this.#errors.get(document) ?? this.#validate(document);
    this.#errors.set(document, errors);
    if (errors.length > 0) this.#putAside(document);
    // New ones each time: Yoga adds an HTTP status to those that it is given.
    return errors.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED'));
  }

  #validate(document: DocumentNode): readonly GraphQLError[] {
    const { introspection, suggestions } = this.#switches;
    const rules = introspection ? RULES : [...RULES, refuseIntrospection];
    const errors = validateWithinLimits(this.#schema, document, { rules, hideSuggestions: !suggestions });
    return suggestions ? errors : errors.map(withoutSuggestion);
  }

  #putAside(document: DocumentNode): void {
    this.#parsed.delete(textOf(document));
    this.#invalid = document;
  }
}

const textOf = ({ loc }: DocumentNode): string => loc?.source.body ?? '';

// Over HTTP Yoga would add the codes, over WebSocket nobody would.

function parseCoded(text: string): DocumentNode {
  try {
    return parseWithinLimits(text);
  } catch (error) {
    throw error instanceof GraphQLError ? withCode(error, 'GRAPHQL_PARSE_FAILED') : error;
  }
}

interface Validation {
  readonly rules: readonly ValidationRule[];
  readonly hideSuggestions: boolean;
}

/** The rule on aliases throws what others report. */
function validateWithinLimits(
  schema: GraphQLSchema,
  document: DocumentNode,
  { rules, hideSuggestions }: Validation,
): readonly GraphQLError[] {
  try {
    return validate(schema, document, rules, { hideSuggestions });
  } catch (error) {
    if (error instanceof GraphQLError) return [error];
    throw error;
  }
}
