// Queries and mutations with their retries.
import { REFUSED_FOR_NOW, WaybillError, isTransient } from '../errors.ts';
import { KEYED_INPUTS } from '../generated/documents.ts';
import { backoff, linkSignals, pause } from '../wait.ts';
import type { RequestOptions } from '../document.ts';
import { rootFieldsOf } from './root-fields.ts';
import { type Endpoint, type Variables, send, wasExecuted } from './send.ts';

const PATIENCE_MS = 90_000;

/** @throws WaybillError; the last one, when it has been tried for long enough */
export async function query<Result>(
  endpoint: Endpoint,
  document: string,
  variables: Variables,
  options: RequestOptions,
): Promise<Result> {
  const ask = (): Promise<Result> => send<Result>(endpoint, document, variables, options.signal);
  return await repeat(endpoint, ask, { isRepeatable: isTransient, isNothing: () => true }, options);
}

/**
 * Where each of its fields has an idempotency key it is sent again, under the same keys, until there is an answer: it has one
 * effect, however often it arrives. Otherwise (an input has none to give) only after an answer that nothing was done, which
 * a mutation of several fields does not get: one of them may be refused after others were carried out.
 * @throws WaybillError; with the key, when it has been tried for long enough
 */
export async function mutate<Result>(
  endpoint: Endpoint,
  document: string,
  variables: Variables,
  options: RequestOptions,
): Promise<Result> {
  const made = options.idempotencyKey ?? createKey();
  const { keyed, names } = addKey(document, variables, made);
  const fields = rootFieldsOf(document);
  const isKeyed = fields?.every(({ input }) => input !== null && names.has(input)) === true;
  const isWhole = isKeyed || fields?.length === 1;
  const ask = async (): Promise<Result> => {
    const result = await send<Result>(endpoint, document, keyed, options.signal);
    throwIfRefusedForNow(result);
    return result;
  };
  // An answer that nothing was done, or that this field was not carried out where others may have been.
  const isNothing = (error: WaybillError): boolean => isWhole || !wasExecuted(error);
  const isRepeatable = (error: WaybillError): boolean =>
    error instanceof RefusedForNow ||
    (error.code === 'RATE_LIMITED' && isNothing(error)) ||
    (isKeyed && isTransient(error));
  try {
    return await repeat(endpoint, ask, { isRepeatable, isNothing }, options);
  } catch (error) {
    if (error instanceof RefusedForNow) return error.result as Result;
    if (!(error instanceof WaybillError) || names.size === 0) throw error;
    const { code, message, retryAfterMs, extensions, cause } = error;
    throw new WaybillError(code, message, {
      retryAfterMs,
      extensions,
      cause,
      idempotencyKey: keyOf(variables) ?? made,
    });
  }
}

interface Judgement {
  /** Whether it may be sent again after a while. */
  readonly isRepeatable: (error: WaybillError) => boolean;
  /** Whether a refusal says that it had no effect. */
  readonly isNothing: (error: WaybillError) => boolean;
}

async function repeat<Result>(
  { closing }: Endpoint,
  ask: () => Promise<Result>,
  { isRepeatable, isNothing }: Judgement,
  { signal, patienceMs = PATIENCE_MS, onRetry }: RequestOptions,
): Promise<Result> {
  const began = Date.now();
  let signIns = 0;
  for (let failures = 1; ; failures += 1) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof WaybillError)) throw error;
      // A token that has just expired: ask once for another.
      const isExpired = error.code === 'UNAUTHENTICATED' && isNothing(error) && signIns++ === 0;
      if (!isExpired && !isRepeatable(error)) throw error;
      const delay = isExpired ? 0 : backoff(failures, error.retryAfterMs);
      if (!isExpired && Date.now() - began + delay > patienceMs) throw error;
      onRetry?.(error, delay);
      const { controller, release } = linkSignals([closing, signal]);
      await pause(delay, controller.signal).finally(release);
    }
  }
}

/** Refusals are data. These say that nothing was done and a retry may succeed; the last one is the result. */
class RefusedForNow extends WaybillError {
  readonly result: unknown;

  constructor(result: unknown, code: string, retryAfterMs: number | null) {
    super(code, 'The server cannot do this now.', { retryAfterMs });
    this.result = result;
  }
}

/** Looks at the root fields, and not into lists: of a bulk mutation each item has its own answer. */
function throwIfRefusedForNow(result: unknown): void {
  const [answer, ...others] = Object.values(result as Record<string, unknown>);
  if (others.length > 0 || typeof answer !== 'object' || answer === null) return;
  const { code, retryAfterSeconds } = answer as { code?: unknown; retryAfterSeconds?: unknown };
  if (typeof code !== 'string' || !REFUSED_FOR_NOW.has(code)) return;
  throw new RefusedForNow(result, code, typeof retryAfterSeconds === 'number' ? retryAfterSeconds * 1_000 : null);
}

/** 128 random bits. (crypto.randomUUID is missing on pages without TLS.) */
export function createKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

interface Keyed {
  readonly keyed: Variables;
  readonly names: ReadonlySet<string>;
}

const KEYED_VARIABLE = new RegExp(`\\$(\\w+)\\s*:\\s*\\[?\\s*(?:${KEYED_INPUTS.join('|')})\\b`, 'g');

/**
 * Gives a key to each input that takes one and has none; of a list, each item gets its own.
 * @returns with the names of these variables
 */
function addKey(document: string, variables: Variables, key: string): Keyed {
  const names = Array.from(document.matchAll(KEYED_VARIABLE), ([, name]) => name!);
  const added = names.flatMap((name, at): [string, unknown][] => {
    const prefix = names.length > 1 ? `${key}:${at}` : key;
    const value = variables[name];
    if (Array.isArray(value)) return [[name, value.map((item, index) => withKey(item, `${prefix}:${index}`))]];
    return value == null ? [] : [[name, withKey(value, prefix)]];
  });
  return { keyed: { ...variables, ...Object.fromEntries(added) }, names: new Set(added.map(([name]) => name)) };
}

function withKey(input: unknown, made: string): unknown {
  const { idempotencyKey, ...rest } = input as Record<string, unknown>;
  return { ...rest, idempotencyKey: idempotencyKey ?? made };
}

/** The one that the caller gave to the only input. */
function keyOf(variables: Variables): string | undefined {
  const [input, ...others] = Object.values(variables);
  const key = (input as { readonly idempotencyKey?: unknown } | null | undefined)?.idempotencyKey;
  return others.length === 0 && typeof key === 'string' ? key : undefined;
}
