// CHECK expressions drawn from lists the code owns, so that the two cannot drift apart unseen.

/** `column in ('A', 'B')` for names that need no quoting. */
export const oneOf = (column: string, names: readonly string[]): string =>
  `${column} in (${names.map((name) => `'${name}'`).join(', ')})`;
