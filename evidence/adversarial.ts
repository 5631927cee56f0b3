// Many callers on two replicas send random events to few files, while errors are injected at every failpoint and another
// client holds rows now and then. Then the invariants are checked. The seed decides what is sent and what breaks, not
// who comes first.
import assert from 'node:assert/strict';
import { LIFECYCLE_EVENTS } from '../src/fsm/machine.ts';
import type { TransitionCommand } from '../src/lifecycle/commands.ts';
import type { Lifecycle } from '../src/lifecycle/lifecycle.ts';
import type { FailpointName } from '../src/lifecycle/failpoints.ts';
import { findViolations } from './invariants.ts';
import { type Random, createRandom } from '../test/support/random.ts';
import { type Answer, type Trial, transitionOf } from './trial.ts';

const CALLERS = 16;
const FILES = 20;

const ERROR_RATES: Readonly<Record<FailpointName, number>> = {
  before_lock: 0.02,
  after_decide: 0.06,
  before_commit: 0.06,
  after_commit: 0.02,
};

const AFTER_COMMIT = new Error('injected after the commit');
const BEFORE_COMMIT = new Error('injected before the commit');
// A serialization failure, as PostgreSQL reports it: the batch is run again.
const CONFLICT = Object.assign(new Error('injected conflict'), { code: '40001' });

function failAtRandom(random: Random) {
  return (failpoint: FailpointName): void => {
    if (!random.chance(ERROR_RATES[failpoint])) return;
    if (failpoint === 'after_commit') throw AFTER_COMMIT;
    throw random.chance(0.3) ? CONFLICT : BEFORE_COMMIT;
  };
}

function randomCommand(random: Random, fileIds: readonly string[]): TransitionCommand {
  const command = transitionOf(random.pick(fileIds), random.pick(LIFECYCLE_EVENTS), {
    code: `CODE_${Math.floor(random.next() * 1000)}`,
    message: random.pick(['broke off', 'ends in ü', '']),
    retryable: random.chance(0.5),
  });
  return random.chance(0.1) ? { ...command, expectedVersion: Math.floor(random.next() * 10) } : command;
}

/** Sends `count` events, up to three in one list. */
async function call(
  lifecycle: Lifecycle,
  random: Random,
  fileIds: readonly string[],
  count: number,
): Promise<[string, Answer][]> {
  const answered: [string, Answer][] = [];
  while (answered.length < count) {
    const length = Math.min(count - answered.length, random.pick([1, 1, 2, 3]));
    const commands = Array.from({ length }, () => randomCommand(random, fileIds));
    const answers = await lifecycle.execute<'transition'>(commands);
    answered.push(...commands.map(({ attemptId }, at): [string, Answer] => [attemptId, answers[at]!]));
  }
  return answered;
}

/** Locks one row after the other until `stop` is aborted. */
async function holdRows(trial: Trial, random: Random, fileIds: readonly string[], stop: AbortSignal): Promise<void> {
  const otherClient = await trial.connect();
  while (!stop.aborted) {
    await otherClient.query('begin');
    await otherClient.query('select id from file where id = $1 for update', [random.pick(fileIds)]);
    await otherClient.query('select pg_sleep(0.003)');
    await otherClient.query('commit');
  }
}

async function runCallers(trial: Trial, fileIds: readonly string[]): Promise<Map<string, Answer>> {
  const { seed, events } = trial.settings;
  const replicas = [1, 2].map((n) => trial.replica({ failpoints: failAtRandom(createRandom(seed - n)) }));
  const stop = new AbortController();
  const holding = holdRows(trial, createRandom(seed - 3), fileIds, stop.signal);
  const calling = Array.from({ length: CALLERS }, (_, at) =>
    call(replicas[at % 2]!, createRandom(seed + at), fileIds, Math.ceil(events / CALLERS)),
  );
  const [answers] = await Promise.all([Promise.all(calling).finally(() => stop.abort()), holding]);
  return new Map(answers.flat());
}

export async function checkAdversarialRun(trial: Trial): Promise<string> {
  const { seed } = trial.settings;
  // Some files run out of attempts, the others never do.
  const limitOf = (at: number): number => (at % 3 === 0 ? 1 : 1000);
  const fileIds = await Promise.all(
    Array.from({ length: FILES }, (_, at) => trial.newFile({ maxAttempts: limitOf(at) })),
  );
  const answers = await runCallers(trial, fileIds);
  const [files, changes] = [await trial.readFiles(fileIds), await trial.readChanges(fileIds)];
  const engine = trial.candidate.createEngine();
  const violations = findViolations(engine, { files, changes, answers, afterCommit: AFTER_COMMIT });
  assert.equal(violations.length, 0, `seed ${seed}: ${violations.length} violations: ${violations.join('; ')}`);
  return describeRun(seed, [...answers.values()], changes.length - FILES);
}

/** A run in which nothing happened proves nothing: every kind of outcome must occur. */
function describeRun(seed: number, answers: readonly Answer[], rows: number): string {
  const count = (matches: (answer: Answer) => boolean): number => answers.filter(matches).length;
  const rejectedAs = (code: string): number => count((answer) => answer.outcome === 'rejected' && answer.code === code);
  const failedWith = (...errors: unknown[]): number =>
    count((answer) => answer.outcome === 'failed' && errors.includes(answer.error));
  const seen = {
    successes: count(({ outcome }) => outcome === 'transitioned'),
    'not allowed': rejectedAs('TRANSITION_NOT_ALLOWED'),
    'refused by the guard': rejectedAs('GUARD_REJECTED'),
    stale: rejectedAs('STALE_VERSION'),
    'broken before the commit': failedWith(BEFORE_COMMIT, CONFLICT),
    'broken after it': failedWith(AFTER_COMMIT),
  };
  const parts = Object.entries(seen);
  const total = parts.reduce((sum, [, each]) => sum + each, 0);
  assert.equal(total, answers.length, `seed ${seed}: an unexpected outcome: ${findUnexpected(answers)}`);
  for (const [what, times] of parts) assert.ok(times > 0, `seed ${seed}: the run had no attempt that was ${what}`);
  const summary = parts.map(([what, times]) => `${times} ${what}`).join(', ');
  return `seed ${seed}: ${answers.length} events: ${summary}; ${rows} rows; 0 violations`;
}

function findUnexpected(answers: readonly Answer[]): string {
  const injected: unknown[] = [BEFORE_COMMIT, CONFLICT, AFTER_COMMIT];
  const known = ['TRANSITION_NOT_ALLOWED', 'GUARD_REJECTED', 'STALE_VERSION'];
  const unexpected = answers.find((answer) => {
    if (answer.outcome === 'failed') return !injected.includes(answer.error);
    return answer.outcome === 'refused' || (answer.outcome === 'rejected' && !known.includes(answer.code));
  });
  return unexpected?.outcome === 'failed' ? String(unexpected.error) : JSON.stringify(unexpected);
}
