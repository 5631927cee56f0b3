// What clients ask when they only read, in the words of each server. Both sides have the same rows and give the same fields.
import type { Peer, Plan } from '../http/requests.ts';
import { type Pool, uuidOf } from '../transitions/cycle.ts';

const FIELDS = 'name contentType size state version createdAt updatedAt';
const PAGE = 'pageInfo { hasNextPage endCursor }';
const MOVES = 'version event';

const listOf = (count: number): Question => ({
  what: `a list of ${count}`,
  Waybill: `{ files(first: ${count}) { edges { cursor node { id ${FIELDS} } } ${PAGE} } }`,
  PostGraphile: `{ allFiles(condition: { tenant: "local" }, orderBy: ROW_ID_DESC, first: ${count}) {
    edges { cursor node { id ${FIELDS} } } ${PAGE} } }`,
  files: count,
});

export interface Question extends Readonly<Record<Peer, string>> {
  readonly what: string;
  /** In its answer; null: one by its id, each time another. */
  readonly files: number | null;
}

const NESTED = 20;

export const ONE: Question = {
  what: 'one file by its id',
  Waybill: `query ($id: ID!) { file(id: $id) { id ${FIELDS} } }`,
  PostGraphile: `query ($id: UUID!) { fileByRowId(rowId: $id) { id ${FIELDS} } }`,
  files: null,
};

export const LIST_20 = listOf(20);
export const LIST_100 = listOf(100);

export const TRANSITIONS: Question = {
  what: `the transitions of ${NESTED} files`,
  Waybill: `{ files(first: ${NESTED}) { edges { node { id transitions(first: 10) {
    edges { node { ${MOVES} from to actor occurredAt } } } } } } }`,
  PostGraphile: `{ allFiles(condition: { tenant: "local" }, orderBy: ROW_ID_DESC, first: ${NESTED}) { edges { node { id
    transitions(condition: { kind: "TRANSITIONED" }, orderBy: ROW_ID_ASC, first: 10) {
      edges { node { ${MOVES} fromState toState actor occurredAt } } } } } } }`,
  files: NESTED,
};

/** An answer names a file by `id`, once for each. */
const EXPECT = '"id":';

export function planOf(question: Question, peer: Peer, pool: Pool): Plan {
  const { files } = question;
  const query = question[peer];
  if (files !== null) return { kind: 'same', query, expect: EXPECT, times: files };
  return { kind: 'each', query, id: `${peer === 'Waybill' ? 'file_' : ''}${uuidOf(0)}`, expect: EXPECT, pool };
}
