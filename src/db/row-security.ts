// Which rows the role of the application sees (WAYBILL_DATABASE_ROLE, docs/adr/0025). The owner of the tables sees all, so
// without that role none of this has an effect.
//
// A new table: its migration runs `rowSecurity(table, rule)`, or the table gets a line in WITHOUT_TENANTS.
// test/db/row-security.pg.test.ts finds a table that has neither.

/** The setting in which a statement says for whom it is; src/db/scope.ts has its values. */
export const SCOPE_SETTING = 'waybill.scope';

/** Tables that hold nothing of any tenant, and why. */
export const WITHOUT_TENANTS: Readonly<Record<string, string>> = {
  feed_head: 'one row: the identity of the feed, and how far it was pruned',
  feed_position: 'numbers only: which row of the log has which position',
  migration: 'names of migrations; the role may only read it',
  signing_secret: 'one secret for all URLs; tenant and file are in what it signs',
  store_identity: 'one row: which byte store belongs to the database',
  webhook_sender: 'replicas, and until when they are counted on',
};

// Each in a SELECT of its own: PostgreSQL then evaluates it once for a statement, not once for a row.
const SETTING = `current_setting('${SCOPE_SETTING}', true)`;
const IS_SERVICE = `(select ${SETTING} = 'service')`;
const TENANTS = `(select case when ${SETTING} like '{%' then ${SETTING}::text[] end)::text[]`;

/** Rows of a table that has a column `tenant`. */
export const BY_TENANT = `${IS_SERVICE} or tenant = any (${TENANTS})`;

/** Rows that belong to the file of their `file_id`: whoever sees it sees them. */
export const byFileOf = (table: string): string =>
  `${IS_SERVICE} or exists (select from "file" f where f."id" = "${table}"."file_id")`;

/** The same of rows that are written together with their file, which a policy cannot see then: they have its tenant too. */
export const byTenantOrFileOf = (table: string): string => `${BY_TENANT} or tenant is null and (${byFileOf(table)})`;

/**
 * The same where a row may have lost its file: it then says nothing of anybody, but whoever discards it must be able to see
 * it afterwards, or PostgreSQL refuses the update.
 */
export const byFileOrNone = (table: string): string =>
  `${byFileOf(table)} or "${table}"."file_id" is null and (select ${SETTING} <> '')`;

/** The statements of a migration. Like migrations they are not changed once released. */
export const rowSecurity = (table: string, rule: string): string[] => [
  `drop policy if exists "waybill_scope" on "${table}";`,
  `create policy "waybill_scope" on "${table}" for all to public using (${rule}) with check (${rule});`,
  `alter table "${table}" enable row level security;`,
];
