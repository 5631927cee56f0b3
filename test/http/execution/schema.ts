// A schema with one of everything that values can be completed to, and worlds of values for it: most of them sound, some
// that wait, are missing, are errors or break.
import { buildSchema } from 'graphql';
import type { Random } from '../../support/random.ts';

export const schema = buildSchema(`
  interface Thing { id: ID! label(upper: Boolean = false, times: Int): String next: Thing any: Any }
  type Box implements Thing {
    id: ID! label(upper: Boolean = false, times: Int): String next: Thing any: Any
    size: Int! things: [Thing]! strict: [Thing!] matrix: [[Int!]!]
  }
  type Ball implements Thing {
    id: ID! label(upper: Boolean = false, times: Int): String next: Thing any: Any color: Color
  }
  union Any = Box | Ball
  enum Color { RED BLUE }
  input Touch { id: ID!, deep: [Touch!] }
  type Query { thing: Thing box: Box! any: Any list: [Thing!]! many(first: Int = 2): [Any] }
  type Mutation { touch(input: Touch!): Any break: Box! }
  type Subscription { things: Thing! }
`);

export interface World {
  /** Root values, which count how often they were asked for. */
  readonly root: Record<string, () => unknown>;
  readonly asked: string[];
}

/** How often a value is not as it should be. */
export type Faults = 0 | 0.01 | 0.05;

const ROOTS = ['thing', 'box', 'any', 'list', 'many', 'touch', 'break', 'things'];

/** A world in which nothing is there, and everything is asked for. */
export function createEmptyWorld(): World {
  const asked: string[] = [];
  const give = (name: string) => (): Promise<null> => {
    asked.push(name);
    return Promise.resolve(null);
  };
  return { root: Object.fromEntries(ROOTS.map((name) => [name, give(name)])), asked };
}

export function createWorld(random: Random, faults: Faults): World {
  const spoil = (value: unknown): unknown => {
    if (!random.chance(faults)) return value;
    const failure = new RangeError(`fault ${random.below(100)}`);
    return random.pick([
      () => null,
      () => undefined,
      () => failure,
      () => ({ __typename: 'Nothing' }),
      // As methods, which are called when the field is asked for.
      () => () => Promise.resolve(value),
      () => () => Promise.reject(failure),
      () => () => {
        throw failure;
      },
    ])();
  };
  const thing = (depth: number): unknown => {
    const isBox = random.chance(0.6);
    const some = (count: number): unknown[] => Array.from({ length: count }, () => thing(depth - 1));
    const common = {
      id: spoil(`id ${random.below(1_000)}`),
      label: spoil(({ upper, times = 1 }: { upper: boolean; times?: number }) =>
        (upper ? 'LABEL' : 'label').repeat(Math.max(0, Math.min(3, times))),
      ),
      next: depth > 0 ? thing(depth - 1) : null,
      any: depth > 0 ? thing(depth - 1) : null,
    };
    const box = { size: spoil(random.below(9)), matrix: [[1, 2], [3]] };
    const waiting = (): unknown[] => [Promise.resolve(null), Promise.reject(new RangeError('in a list'))];
    const things = random.chance(faults) ? waiting : spoil(depth > 0 ? some(2) : []);
    const lists = { things, strict: spoil(depth > 0 ? new Set(some(2)) : null) };
    if (isBox) return spoil({ __typename: 'Box', ...common, ...box, ...lists });
    return spoil({ __typename: 'Ball', ...common, color: spoil(random.pick(['RED', 'BLUE', 'GREEN'])) });
  };
  const asked: string[] = [];
  const root = ROOTS.map((name) => {
    const isList = name === 'list' || name === 'many';
    const value = isList ? spoil([thing(2), thing(2), thing(2)]) : thing(3);
    // Some of them wait, as those that ask a database do; generators can be gone through once.
    const give = (): unknown => {
      asked.push(name);
      if (typeof value === 'function') return (value as () => unknown)();
      return isList && Array.isArray(value) ? value.values() : value;
    };
    const waits = random.chance(0.3);
    return [name, () => (waits ? Promise.resolve().then(give) : give())];
  });
  return { root: Object.fromEntries(root) as World['root'], asked };
}
