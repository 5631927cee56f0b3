// Operations made at random: aliases, fragments, fields asked for twice, arguments and variables. Not all of them are valid.
import {
  type GraphQLNamedType,
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isLeafType,
  isObjectType,
} from 'graphql';
import type { Random } from '../../support/random.ts';
import { schema } from './schema.ts';

export interface RandomOperation {
  readonly text: string;
  readonly variables: Record<string, unknown>;
}

export function createOperation(random: Random): RandomOperation {
  const fragments: string[] = [];

  function argumentsOf(name: string): string {
    if (name === 'touch') return random.pick(['(input: {id: 1})', '(input: $input)', '(input: {id: "x", deep: []})']);
    if (name === 'many') return random.pick(['', '(first: 1)', '(first: $n)']);
    if (name === 'label') return random.pick(['', '(upper: true)', '(upper: $yes, times: $n)', '(times: 2)']);
    return '';
  }

  function select(type: GraphQLNamedType, depth: number): string {
    const fields = isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [];
    const parts: string[] = random.chance(0.4) ? ['__typename'] : [];
    for (const { name, type: fieldType } of fields) {
      const of = getNamedType(fieldType);
      if (random.chance(0.5) || (!isLeafType(of) && depth === 0)) continue;
      const alias = random.chance(0.2) ? `${random.pick(['x', 'y'])}: ` : '';
      const sub = isLeafType(of) ? '' : ` ${select(of, depth - 1)}`;
      parts.push(`${alias}${name}${argumentsOf(name)}${sub}`);
    }
    const narrower: readonly GraphQLNamedType[] = isAbstractType(type)
      ? [...schema.getPossibleTypes(type), type]
      : [type];
    for (let more = depth > 0 ? random.below(3) : 0; more > 0; more -= 1) {
      const on = random.pick(narrower);
      const selection = select(on, depth - 1);
      parts.push(random.chance(0.5) ? `... on ${on.name} ${selection}` : spread(on.name, selection));
    }
    return `{ ${parts.length === 0 ? '__typename' : parts.join(' ')} }`;
  }

  function spread(on: string, selection: string): string {
    const name = `F${fragments.length}`;
    fragments.push(`fragment ${name} on ${on} ${selection}`);
    return `...${name} ...${name}`;
  }

  const kind = random.pick(['query', 'query', 'mutation', 'subscription'] as const);
  const body = select(schema.getType(kind[0]!.toUpperCase() + kind.slice(1))!, 3);
  const used = [body, ...fragments].join(' ');
  const declared = [
    ['$input', '$input: Touch!'],
    ['$n', '$n: Int'],
    ['$yes', '$yes: Boolean = true'],
  ].flatMap(([name, declaration]) => (used.includes(name!) ? [declaration!] : []));
  const variables = random.pick([
    { n: 1, yes: false, input: { id: 'a', deep: [{ id: 'b' }] } },
    { input: { id: 7 } },
    {},
  ]);
  const header = declared.length === 0 ? kind : `${kind} (${declared.join(', ')})`;
  return { text: `${header} ${used}`, variables };
}
