// Who shares an execution and who must not: by document, by the variables that matter, by rights. And what is shared when
// it breaks, waits, or is asked for late.
import { buildSchema, parse } from 'graphql';
import { beforeEach, describe, expect, it } from 'vitest';
import { type SharedOperation, SharedOperations } from '../../src/graphql/shared-operation.ts';
import { Printed, RecentResults } from '../../src/graphql/printed-results.ts';
import type { Role } from '../../src/auth/principal.ts';
import { createLogger } from '../../src/log.ts';
import type { Caller, GraphQLContext } from '../../src/schema/context.ts';

const schema = buildSchema(`
  type Query { ok: Boolean }
  type Change { name(upper: Boolean): String! subject: String! tenant: String! later: String! broken: String! }
  type Subscription { changes(filter: String, after: String): Change! }
`);

/** A change whose fields are resolved by its methods; it counts how often it was. */
class Event {
  resolved = 0;
  readonly #word: string;

  constructor(word = 'word') {
    this.#word = word;
  }

  changes(): this {
    this.resolved += 1;
    return this;
  }

  name({ upper }: { upper?: boolean }): string {
    return upper === true ? this.#word.toUpperCase() : this.#word;
  }

  subject(_args: object, { principal }: GraphQLContext): string {
    return principal.subject;
  }

  tenant(_args: object, { principal }: GraphQLContext): string {
    return principal.tenant;
  }

  later(): Promise<string> {
    return new Promise((resolve) => setImmediate(resolve, this.#word));
  }

  broken(): never {
    throw new RangeError(`the secret ${this.#word}`);
  }
}

let operations: SharedOperations;
let masked: number;
beforeEach(() => {
  masked = 0;
  const reporter = { log: createLogger('silent'), onMasked: () => void (masked += 1) };
  const contextOf = (caller: Caller): GraphQLContext => ({ ...caller, stream: { cursor: null } }) as GraphQLContext;
  let ids = 0;
  operations = new SharedOperations({
    schema,
    reporter,
    newId: () => `id ${(ids += 1)}`,
    contextOf,
  });
});

const callerOf = (subject: string, tenant: string, roles: Role[]): Caller => ({
  principal: { subject, tenant, roles },
  requestId: subject,
  baseUrl: 'http://here',
  connection: { subscriptions: 0 },
  lastEventId: null,
  right: null,
  urls: null,
  signal: () => new AbortController().signal,
});

interface Who {
  readonly subject?: string;
  readonly tenant?: string;
  readonly roles?: Role[];
}

function join(
  document: ReturnType<typeof parse>,
  variableValues: Record<string, unknown> = {},
  { subject = 'ann', tenant = 'red', roles = ['admin'] }: Who = {},
  operationName: string | null = null,
): SharedOperation {
  const contextValue = callerOf(subject, tenant, roles) as GraphQLContext;
  return operations.join({ schema, document, variableValues, operationName, contextValue });
}

const textOf = async (operation: SharedOperation, event: object): Promise<unknown> =>
  JSON.parse((await operation.resultOf(event)).text);

const NAME = parse('subscription ($f: String, $a: String) { changes(filter: $f, after: $a) { name } }');
const UPPER = parse('subscription ($f: String, $u: Boolean) { changes(filter: $f) { name(upper: $u) } }');

describe('one execution serves', () => {
  it('all who ask for the same, whatever their filter and cursor, and whoever they are', async () => {
    const event = new Event();
    const first = join(NAME, { f: 'a', a: '1' }, { subject: 'ann' });
    const second = join(NAME, { f: 'b' }, { subject: 'bob' });
    expect(second).toBe(first);
    expect(second.resultOf(event)).toBe(first.resultOf(event));
    expect(await textOf(first, event)).toEqual({ data: { changes: { name: 'word' } } });
    expect(event.resolved).toBe(1);
  });

  it('nobody with another value of a variable that shows in the result', async () => {
    const event = new Event();
    const [loud, quiet] = [join(UPPER, { f: 'a', u: true }), join(UPPER, { f: 'a', u: false })];
    expect(await textOf(loud, event)).toEqual({ data: { changes: { name: 'WORD' } } });
    expect(await textOf(quiet, event)).toEqual({ data: { changes: { name: 'word' } } });
    expect(join(UPPER, { u: true })).toBe(loud);
    expect(join(UPPER)).not.toBe(quiet);
  });

  it('all with the same value after coercion, and nobody who sent null instead of nothing', async () => {
    const defaulted = parse('subscription ($u: Boolean = true) { changes { name(upper: $u) } }');
    const [left, sent, none] = [{}, { u: true }, { u: null }].map((variables) => join(defaulted, variables));
    expect(sent).toBe(left);
    expect(none).not.toBe(left);
    const event = new Event();
    expect(await textOf(left!, event)).toEqual({ data: { changes: { name: 'WORD' } } });
    expect(await textOf(none!, event)).toEqual({ data: { changes: { name: 'word' } } });
    expect(join(UPPER, {}), 'without a default, too').not.toBe(join(UPPER, { u: null }));
  });

  it('nobody with a variable that chooses the events and shows in the result besides', () => {
    const both = parse(
      'subscription ($u: Boolean, $f: String) { changes(filter: $f) { a: name(upper: $u) ...F } } fragment F on Change { name(upper: $u) }',
    );
    const directive = parse('subscription ($f: String, $s: Boolean!) { changes(filter: $f) @skip(if: $s) { name } }');
    const inFragment = parse(
      'subscription ($f: String) { ...F } fragment F on Subscription { changes(filter: $f) { name } }',
    );
    expect(join(both, { u: true })).not.toBe(join(both, { u: false }));
    expect(join(directive, { s: true })).not.toBe(join(directive, { s: false }));
    expect(join(inFragment, { f: 'a' })).not.toBe(join(inFragment, { f: 'b' }));
  });

  it('nobody of another tenant or with other roles, and shows nobody who it was made for', async () => {
    const document = parse('subscription { changes { tenant subject } }');
    const event = new Event();
    const red = join(document, {}, { subject: 'ann', tenant: 'red' });
    const blue = join(document, {}, { subject: 'ann', tenant: 'blue' });
    const viewer = join(document, {}, { subject: 'ann', tenant: 'red', roles: ['viewer'] });
    expect(new Set([red, blue, viewer]).size).toBe(3);
    expect(await textOf(red, event)).toEqual({ data: { changes: { tenant: 'red', subject: 'system:feed' } } });
    expect(await textOf(blue, event)).toEqual({ data: { changes: { tenant: 'blue', subject: 'system:feed' } } });
    expect(event.resolved).toBe(2);
  });

  it('no other document and no other operation of the same: aliases and fragments are each his own', async () => {
    const event = new Event();
    const alias = parse('subscription { c: changes { n: name } }');
    const fragment = parse('subscription { changes { ...F } } fragment F on Change { name __typename }');
    const two = parse('subscription A { changes { name } } subscription B { changes { b: name } }');
    expect(await textOf(join(alias), event)).toEqual({ data: { c: { n: 'word' } } });
    expect(await textOf(join(fragment), event)).toEqual({ data: { changes: { name: 'word', __typename: 'Change' } } });
    expect(await textOf(join(two, {}, {}, 'A'), event)).toEqual({ data: { changes: { name: 'word' } } });
    expect(await textOf(join(two, {}, {}, 'B'), event)).toEqual({ data: { changes: { b: 'word' } } });
  });
});

describe('an execution', () => {
  it('that breaks is told to all of them, masked, once; and the next one is sound', async () => {
    const document = parse('subscription ($b: Boolean = true) { changes { name broken @include(if: $b) } }');
    const [one, other] = [join(document), join(document)];
    const event = new Event();
    expect(await textOf(one, event)).toMatchObject({
      data: null,
      errors: [{ path: ['changes', 'broken'], extensions: { code: 'INTERNAL', requestId: 'id 1' } }],
    });
    expect((await other.resultOf(event)).text).not.toContain('secret');
    expect([event.resolved, masked]).toEqual([1, 1]);
    expect(await textOf(join(document, { b: false }), new Event())).toEqual({ data: { changes: { name: 'word' } } });
  });

  it('that waits is waited for by all of them', async () => {
    const operation = join(parse('subscription { changes { later } }'));
    const event = new Event();
    const [one, other] = [operation.resultOf(event), operation.resultOf(event)];
    expect(one).toBeInstanceOf(Promise);
    expect(other).toBe(one);
    expect((await one).text).toBe('{"data":{"changes":{"later":"word"}}}');
    expect(operation.resultOf(event)).toBe(await one);
    expect(event.resolved).toBe(1);
  });

  it('is forgotten when the last of them has left, and made anew for who comes then', () => {
    const event = new Event();
    const operation = join(NAME);
    join(NAME);
    void operation.resultOf(event);
    operation.release();
    expect(join(NAME)).toBe(operation);
    operation.release();
    operation.release();
    const anew = join(NAME);
    expect(anew).not.toBe(operation);
    void anew.resultOf(event);
    expect(event.resolved).toBe(2);
  });
});

it('what is kept for those who are behind is bounded, oldest out first', () => {
  const recent = new RecentResults();
  const results = new Map<object, Printed>();
  const events = Array.from({ length: 1_000 }, () => ({}));
  for (const event of events) recent.keep(results, event, new Printed('x'.repeat(10_000), null));
  expect(recent.weight).toBeLessThanOrEqual(2 * 2 ** 20);
  expect(results.size).toBeGreaterThan(50);
  expect([...results.keys()]).toEqual(events.slice(-results.size));
  const large = {};
  recent.keep(results, large, new Printed('x'.repeat(10 * 2 ** 20), null));
  expect([...results.keys()], 'the newest is kept while it is told').toEqual([large]);
  recent.keep(results, events[0]!, new Printed('x', null));
  expect([...results.keys()]).toEqual([events[0]]);
});
