// Whether a field is asked for anywhere below another one: what costs a statement is read with the rest, or not at all.
import { type GraphQLResolveInfo, Kind, type SelectionSetNode } from 'graphql';

/** Also true where `@skip` or `@include` leaves it out: then it is read in vain. */
export function selects({ fieldNodes, fragments }: GraphQLResolveInfo, name: string): boolean {
  // Each fragment once: they can repeat each other without end.
  const entered = new Set<string>();
  const isIn = (set: SelectionSetNode | undefined): boolean =>
    set?.selections.some((node) => {
      if (node.kind === Kind.FIELD) return node.name.value === name || isIn(node.selectionSet);
      if (node.kind === Kind.INLINE_FRAGMENT) return isIn(node.selectionSet);
      const fragment = node.name.value;
      if (entered.has(fragment)) return false;
      entered.add(fragment);
      return isIn(fragments[fragment]?.selectionSet);
    }) === true;
  return fieldNodes.some(({ selectionSet }) => isIn(selectionSet));
}
