// CHECK expressions made from lists in the code, so that the two cannot drift apart.

/** `column in ('A', 'B')` for names that need no quoting. */
export const oneOf = (column: string, names: readonly string[]): string =>
  `${column} in (${names.map((name) => `'${name}'`).join(', ')})`;
