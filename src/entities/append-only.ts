// Tables whose rows are never changed, only added, and removed by retention.

interface StatementTrigger {
  name: string;
  timing: 'before';
  events: 'update'[];
  forEach: 'statement';
  body: string;
}

/** A trigger of the statement, not of each row: rows that are added cost nothing. */
export const appendOnly = (table: string): StatementTrigger => ({
  name: `${table}_append_only`,
  timing: 'before',
  events: ['update'],
  forEach: 'statement',
  body: `raise exception '${table} is append-only' using errcode = 'integrity_constraint_violation';`,
});
