// What must hold of rows and log whatever was done to them. Each function names the violations it finds.
import { isDeepStrictEqual } from 'node:util';
import type { File } from '../../src/entities/file.ts';
import type { LifecycleEngine } from '../../src/fsm/types.ts';
import { carryOut } from '../../src/lifecycle/effects.ts';
import type { ChangeRow, Condition, FileRow } from './rows.ts';
import { type Answer, NO_FAILURE } from './trial.ts';

export interface Aftermath {
  readonly files: readonly FileRow[];
  /** By file and version. */
  readonly changes: readonly ChangeRow[];
  /** What each attempt was answered, by its id. */
  readonly answers: ReadonlyMap<string, Answer>;
  /** The one error after which a change may stand although its caller was told of a failure. */
  readonly afterCommit: Error;
}

export function findViolations(engine: LifecycleEngine, aftermath: Aftermath): string[] {
  const byFile = Map.groupBy(aftermath.changes, ({ fileId }) => fileId);
  const ofFiles = aftermath.files.flatMap((file) => {
    const changes = byFile.get(file.id) ?? [];
    const found = [...gaps(file, changes), ...replayFaults(engine, file, changes), ...rowFaults(file, changes)];
    return found.map((violation) => `${file.id}: ${violation}`);
  });
  return [...ofFiles, ...answerFaults(aftermath)];
}

function gaps(file: FileRow, changes: readonly ChangeRow[]): string[] {
  const found = changes.flatMap(({ version }, at) => (version === at ? [] : [`version ${version} at place ${at}`]));
  const last = changes.at(-1)?.version;
  return last === file.version ? found : [...found, `the row is at version ${file.version}, the log at ${last}`];
}

const conditionOf = ({ state, version, attempts, bytesReceived, failure }: Condition): Condition => ({
  state,
  version,
  attempts,
  bytesReceived,
  failure,
});

/** Lives the file's life again, from its registration, by the log alone. */
function replayFaults(engine: LifecycleEngine, file: FileRow, changes: readonly ChangeRow[]): string[] {
  const [registered, ...transitions] = changes;
  if (registered?.kind !== 'REGISTERED') return ['the log does not begin with the registration'];
  const shadow = { ...registered.file, transfer: 'EXTERNAL' } as File;
  for (const { event, from, to, version, failure, file: recorded } of transitions) {
    if (event === null || from !== shadow.state) return [`version ${version} begins in ${from}, not ${shadow.state}`];
    const decision = engine.decide(shadow.state, event, { facts: shadow, failure: failure ?? NO_FAILURE });
    if (decision.outcome !== 'moved' || decision.to !== to)
      return [`version ${version} replays otherwise than to ${to}`];
    shadow.state = decision.to;
    shadow.version += 1;
    for (const effect of decision.effects) carryOut(shadow, effect, { discard: () => undefined });
    if (!isDeepStrictEqual(conditionOf(shadow as FileRow), conditionOf(recorded))) {
      return [`version ${version} replays to ${JSON.stringify(shadow)}, recorded was ${JSON.stringify(recorded)}`];
    }
  }
  if (isDeepStrictEqual(conditionOf(shadow as FileRow), conditionOf(file))) return [];
  return [`the replay ends in ${JSON.stringify(shadow)}, the row is ${JSON.stringify(file)}`];
}

function rowFaults({ state, failure, attempts }: FileRow, changes: readonly ChangeRow[]): string[] {
  const starts = changes.filter(({ event }) => event === 'START_UPLOAD').length;
  return [
    ...((state === 'FAILED') === (failure !== null) ? [] : [`${state} with failure ${JSON.stringify(failure)}`]),
    ...(attempts === starts ? [] : [`${attempts} attempts, ${starts} uploads started`]),
  ];
}

/** Every success has its row, and every row its success, or at least a caller who was told that it broke afterwards. */
function answerFaults({ changes, answers, afterCommit }: Aftermath): string[] {
  const transitions = changes.filter(({ kind }) => kind === 'TRANSITIONED');
  const byAttempt = new Map(transitions.map((change) => [change.attemptId, change]));
  const unasked = transitions.filter(({ attemptId }) => !answers.has(attemptId));
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
    ...unasked.map(({ attemptId }) => `row of ${attemptId}, which nobody sent`),
    ...disagreeing.map(([attemptId, answer]) => `${attemptId} was told ${answer.outcome}, the log says otherwise`),
  ];
}
