// What a spy on `pg.Client.prototype.query` has heard: single statements, and those of groups (src/db/statement-group.ts).
export interface SentStatement {
  readonly text: string;
  readonly values: readonly unknown[];
}

export function sentStatements(calls: readonly (readonly unknown[])[]): SentStatement[] {
  return calls.flatMap(([query, values]): SentStatement[] => {
    if (typeof query === 'string') return [{ text: query, values: (values as unknown[] | undefined) ?? [] }];
    const { statements } = query as { readonly statements?: SentStatement[] };
    return statements ?? [query as SentStatement];
  });
}
