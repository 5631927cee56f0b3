// The ids of nodes, resolved at once. Pothos makes two promises of an id that is at hand, and one promise in an object
// makes promises of all that is around it: a bulk answer took twice as long, and a change could not be told in the moment
// it was read.
import type { GraphQLInterfaceType, GraphQLSchema } from 'graphql';
import type { FileSnapshot } from '../entities/file-snapshot.ts';
import type { TransitionKey } from '../lifecycle/file-reader.ts';
import { encodeId, transitionKey } from './ids.ts';

const ID_OF = new Map<string, (node: never) => string>([
  ['File', ({ id }: FileSnapshot) => encodeId('File', id)],
  ['Transition', (transition: TransitionKey) => encodeId('Transition', transitionKey(transition))],
]);

export function resolveIdsAtOnce(schema: GraphQLSchema): GraphQLSchema {
  for (const type of schema.getPossibleTypes(schema.getType('Node') as GraphQLInterfaceType)) {
    const idOf = ID_OF.get(type.name);
    if (idOf === undefined) throw new TypeError(`${type.name} is a node: its id has to be known here`);
    type.getFields()['id']!.resolve = (node) => idOf(node as never);
  }
  return schema;
}
