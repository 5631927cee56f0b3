// All forty (state, event) pairs over HTTP, and the guard on both sides of its edge: what the contract's table says is
// what is answered, and a refusal leaves no trace in the database.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FileState } from '../../src/fsm/machine.ts';
import { PAIRS, type Pair, WAY_TO, acceptedIn } from '../fsm/contract-table.ts';
import { type Result, eventMutation, newFile, readFile, transition, transitions } from '../support/client.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { readLog, uuidOf } from '../support/lifecycle.ts';

let waybill: Instance;
beforeAll(async () => {
  waybill = await startInstance({ env: { WAYBILL_MAX_ATTEMPTS: '2' } });
});
afterAll(() => waybill.stop());

async function fileIn(state: FileState): Promise<string> {
  const id = await newFile(waybill.url);
  await transitions(
    waybill.url,
    WAY_TO[state].map((event) => ({ id, event })),
  );
  expect(await readFile(waybill.url, id)).toMatchObject({ state, version: WAY_TO[state].length });
  return id;
}

/** What a write would change: the row's own transaction id and all its columns, and the length of the log. */
async function traceOf(id: string): Promise<unknown> {
  const rows = await waybill.database.query(
    `select file.xmin::text, file.*, (select count(*) from file_change where file_id = file.id) as logged,
       (select count(*) from idempotency_record where file_id = file.id) as keys
     from file where id = $1`,
    [uuidOf(id)],
  );
  expect(rows).toHaveLength(1);
  return rows[0];
}

const camelCase = (event: string): string =>
  event.toLowerCase().replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase());

type Send = (id: string, event: string) => Promise<Result>;

const WAYS_TO_ASK: [string, Send][] = [
  ['transitionFile', (id, event) => transition(waybill.url, id, event)],
  ['the mutation named after the event', (id, event) => eventMutation(waybill.url, camelCase(event), { id })],
];

describe.each(WAYS_TO_ASK)('by %s', (_name, ask) => {
  const edges = PAIRS.filter(({ cell }) => cell !== null);
  const others = PAIRS.filter(({ cell }) => cell === null);

  it.each(edges)('$event moves a file that is $state', async ({ state, event, cell }: Pair) => {
    const id = await fileIn(state);
    const version = WAY_TO[state].length + 1;
    const to = cell?.to ?? state;
    expect(await ask(id, event)).toMatchObject({
      __typename: 'TransitionFileSuccess',
      replayed: false,
      file: { id, state: to, version, failure: to === 'FAILED' ? { code: 'UNSPECIFIED' } : null },
      transition: { event, from: state, to, version, actor: 'local' },
    });
    expect(await readFile(waybill.url, id)).toMatchObject({ state: to, version });
    const logged = await readLog(waybill.database, uuidOf(id));
    expect(logged).toHaveLength(version + 1);
    expect(logged.at(-1)).toMatchObject({ version, kind: 'TRANSITIONED', event, from_state: state, to_state: to });
  });

  it.each(others)('$event is refused by a file that is $state, and nothing is written', async ({ state, event }) => {
    const id = await fileIn(state);
    const before = await traceOf(id);
    const allowedEvents = (await readFile(waybill.url, id))?.allowedEvents;
    expect(allowedEvents?.toSorted()).toEqual(acceptedIn(state, true));
    expect(await ask(id, event)).toMatchObject({
      __typename: 'TransitionRejected',
      code: 'TRANSITION_NOT_ALLOWED',
      attemptId: expect.stringMatching(/^attempt_/),
      allowedEvents,
      file: { id, state, version: WAY_TO[state].length, allowedEvents },
    });
    expect(await traceOf(id)).toEqual(before);
  });
});

it('RETRY is refused by its guard once all attempts are used, and nothing is written', async () => {
  const id = await newFile(waybill.url);
  const again = ['START_UPLOAD', 'FAIL_UPLOAD', 'RETRY', 'START_UPLOAD', 'FAIL_UPLOAD'];
  const answers = await transitions(
    waybill.url,
    again.map((event) => ({ id, event })),
  );
  expect(answers.map(({ __typename }) => __typename)).toEqual(again.map(() => 'TransitionFileSuccess'));
  const before = await traceOf(id);
  expect(await transition(waybill.url, id, 'RETRY')).toMatchObject({
    __typename: 'TransitionRejected',
    code: 'GUARD_REJECTED',
    allowedEvents: [],
    file: { state: 'FAILED', version: 5, attempts: 2, allowedEvents: [] },
  });
  expect(await traceOf(id)).toEqual(before);
});
