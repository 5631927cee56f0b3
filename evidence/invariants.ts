// What must hold of rows and log, whatever happened. Each function returns the violations it finds.
import { isDeepStrictEqual } from 'node:util';
import type { File } from '../src/entities/file.ts';
import type { LifecycleEngine } from '../src/fsm/types.ts';
import { carryOut } from '../src/lifecycle/decide/effects.ts';
import type { ChangeRow, Condition, FileRow } from './rows.ts';
import { type Answer, NO_FAILURE } from './trial.ts';

export interface Records {
  readonly files: readonly FileRow[];
  /** By file and version. */
  readonly changes: readonly ChangeRow[];
  /** The answers, by the id of the attempt. */
  readonly answers: ReadonlyMap<string, Answer>;
  /** The only error that a caller may get for a change that was made. */
  readonly afterCommit: Error;
}

export function findViolations(engine: LifecycleEngine, records: Records): string[] {
  const byFile = Map.groupBy(records.changes, ({ fileId }) => fileId);
  const ofFiles = records.files.flatMap((file) => {
    const changes = byFile.get(file.id) ?? [];
    const found = [...gaps(file, changes), ...replayFaults(engine, file, changes), ...rowFaults(file, changes)];
    return found.map((violation) => `${file.id}: ${violation}`);
  });
  return [...ofFiles, ...answerFaults(records)];
}

function gaps(file: FileRow, changes: readonly ChangeRow[]): string[] {
  const found = changes.flatMap(({ version }, at) => (version === at ? [] : [`version ${version} at place ${at}`]));
  const last = changes.at(-1)?.version;
  return last === file.version ? found : [...found, `the row is at version ${file.version}, the log at ${last}`];
}

const factsOf = ({ state, version, attempts, bytesReceived, failure }: Condition): Condition => ({
  state,
  version,
  attempts,
  bytesReceived,
  failure,
});

/** Replays the log from the registration, and compares each step and the result. */
function replayFaults(engine: LifecycleEngine, file: FileRow, changes: readonly ChangeRow[]): string[] {
  const [registered, ...transitions] = changes;
  if (registered?.kind !== 'REGISTERED') return ['the log does not begin with the registration'];
  const replayed = { ...registered.file, transfer: 'EXTERNAL' } as File;
  for (const { event, from, to, version, failure, file: recorded } of transitions) {
    if (event === null || from !== replayed.state)
      return [`version ${version} begins in ${from}, not ${replayed.state}`];
    const decision = engine.decide(replayed.state, event, { facts: replayed, failure: failure ?? NO_FAILURE });
    if (decision.outcome !== 'accepted' || decision.to !== to)
      return [`version ${version} replays otherwise than to ${to}`];
    replayed.state = decision.to;
    replayed.version += 1;
    for (const effect of decision.effects) carryOut(replayed, effect, { discard: () => undefined });
    if (!isDeepStrictEqual(factsOf(replayed as FileRow), factsOf(recorded))) {
      return [`version ${version} replays to ${JSON.stringify(replayed)}, recorded was ${JSON.stringify(recorded)}`];
    }
  }
  if (isDeepStrictEqual(factsOf(replayed as FileRow), factsOf(file))) return [];
  return [`the replay ends in ${JSON.stringify(replayed)}, the row is ${JSON.stringify(file)}`];
}

function rowFaults({ state, failure, attempts }: FileRow, changes: readonly ChangeRow[]): string[] {
  const starts = changes.filter(({ event }) => event === 'START_UPLOAD').length;
  return [
    ...((state === 'FAILED') === (failure !== null) ? [] : [`${state} with failure ${JSON.stringify(failure)}`]),
    ...(attempts === starts ? [] : [`${attempts} attempts, ${starts} uploads started`]),
  ];
}

/** Every success has its row; every row has its success, or a caller who got the error after the commit. */
function answerFaults({ changes, answers, afterCommit }: Records): string[] {
  const transitions = changes.filter(({ kind }) => kind === 'TRANSITIONED');
  const byAttempt = new Map(transitions.map((change) => [change.attemptId, change]));
  const unsent = transitions.filter(({ attemptId }) => !answers.has(attemptId));
  const disagreeing = [...answers].filter(([attemptId, answer]) => {
    const change = byAttempt.get(attemptId);
    if (answer.outcome === 'transitioned') {
      const { version, from, to } = answer.transition;
      return change?.version !== version || change.from !== from || change.to !== to;
    }
    return change !== undefined && !(answer.outcome === 'failed' && answer.error === afterCommit);
  });
  return [
    ...(byAttempt.size === transitions.length ? [] : ['an attempt has two rows']),
    ...unsent.map(({ attemptId }) => `row of ${attemptId}, which was never sent`),
    ...disagreeing.map(([attemptId, answer]) => `${attemptId} was answered ${answer.outcome}, and the log differs`),
  ];
}
