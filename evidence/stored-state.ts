// What the row stores: the state as plain text, and nothing of the library that chose it. And what reaches the guard and
// the effects: the arguments of an event, unchanged.
import assert from 'node:assert/strict';
import { FILE_STATES, type LifecycleEvent } from '../src/fsm/machine.ts';
import type { GuardFacts } from '../src/fsm/types.ts';
import { type Trial, send, outcomeOf } from './trial.ts';

const FAILURE = { code: 'DISK_FULL', message: 'kein Platz für "alles" ☂', retryable: true };
const METADATA = { colour: 'blue' };

// Through every state; the JSON columns hold what the caller gave, what processors found and since when the file waits for
// one, and nothing else.
const WALK: readonly (readonly [event: LifecycleEvent, state: string])[] = [
  ['START_UPLOAD', 'UPLOADING'],
  ['COMPLETE_UPLOAD', 'PROCESSING'],
  ['COMPLETE_PROCESSING', 'INDEXED'],
  ['FAIL_RESET', 'FAILED'],
  ['RETRY', 'UNTRACKED'],
];

/** Of a file that no worker has taken. */
const PROCESSING = ['since'];

interface Row {
  readonly state: string;
  readonly processing: object | null;
}

export async function checkPlainState(trial: Trial): Promise<string> {
  const columns = await trial.query<{ column_name: string; data_type: string }>(
    `select column_name, data_type from information_schema.columns
     where table_schema = 'public' and table_name = 'file' order by column_name`,
  );
  const typeOf = new Map(columns.map(({ column_name, data_type }) => [column_name, data_type]));
  assert.equal(typeOf.get('state'), 'text', 'the type of the column');
  const structured = [...typeOf].filter(([, type]) => /json|bytea|ARRAY|USER-DEFINED/.test(type)).map(([name]) => name);
  assert.deepEqual(
    structured,
    ['failure', 'metadata', 'processing', 'properties'],
    'columns that could hold a snapshot',
  );

  const fileId = await trial.newFile({ metadata: METADATA });
  const lifecycle = trial.replica();
  const read = 'select state, failure, metadata, properties, processing from file where id = $1';
  const stored: string[] = [];
  for (const [event, state] of WALK) {
    await send(lifecycle, fileId, event, FAILURE);
    const [row] = await trial.query<Row>(read, [fileId]);
    const { processing, ...rest } = row!;
    const failure = state === 'FAILED' ? FAILURE : null;
    assert.deepEqual(rest, { state, failure, metadata: METADATA, properties: {} });
    assert.deepEqual(processing && Object.keys(processing).toSorted(), state === 'PROCESSING' ? PROCESSING : null);
    stored.push(state);
  }
  assert.deepEqual(stored.toSorted(), FILE_STATES.toSorted(), 'the walk leaves out a state');
  return `column of type text; in turn ${stored.join(', ')}; no other column holds any of it`;
}

export async function checkArguments(trial: Trial): Promise<string> {
  const seen: GuardFacts[] = [];
  const hasAttemptsLeft = (facts: GuardFacts): boolean => {
    seen.push({ attempts: facts.attempts, maxAttempts: facts.maxAttempts });
    return true;
  };
  const lifecycle = trial.replica({ guards: { hasAttemptsLeft } });
  const fileId = await trial.newFile({ maxAttempts: 9 }, 'START_UPLOAD', 'FAIL_UPLOAD', 'RETRY', 'START_UPLOAD');
  const failed = await send(lifecycle, fileId, 'FAIL_UPLOAD', FAILURE);
  assert.equal(outcomeOf(failed), 'transitioned');
  assert.deepEqual((await trial.readFile(fileId)).failure, FAILURE, 'the failure in the row');
  assert.deepEqual((await trial.readChanges([fileId])).at(-1)?.failure, FAILURE, 'the failure in the log');
  assert.deepEqual(seen, [], 'a guard was called for an edge that has none');
  assert.equal(outcomeOf(await send(lifecycle, fileId, 'RETRY')), 'transitioned');
  assert.ok(seen.length > 0, 'the guard was not asked');
  for (const facts of seen) assert.deepEqual(facts, { attempts: 2, maxAttempts: 9 });
  const times = seen.length === 1 ? 'once' : `${seen.length} times`;
  return `the guard saw 2 attempts of 9 (asked ${times}); the failure in row and log is the one sent`;
}
