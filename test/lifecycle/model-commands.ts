// What the model-based test can do to the service: each command asks the API and the model, and compares the answers.
import fc from 'fast-check';
import { expect } from 'vitest';
import type { FileState, LifecycleEvent } from '../../src/fsm/machine.ts';
import { EVENTS, STATES } from '../fsm/contract-table.ts';
import { type Result, readFile, register, transition, transitions } from '../support/client.ts';
import { type Asked, type Expected, type Failure, type Model, sortEvents } from '../support/model.ts';
import { listFiles, deleteFile, readHistory, readNode, reportProgress } from '../support/operations.ts';

/** What one run knows: the service's URL, its own files in the order of their registration. */
export interface Run {
  readonly url: string;
  readonly model: Model;
  readonly files: string[];
  /** The answers of registrations by key, which no run shares with another. */
  readonly keys: Map<string, { readonly body: string; readonly answer: Result }>;
  /** Transitions asked so far, to be asked again word for word. */
  readonly asked: { readonly id: string; readonly asked: Asked }[];
  /** Different in each run. */
  readonly name: string;
  /** What the answers were, over all runs: codes of refusals, events that moved, `replayed`. */
  readonly met: Set<string>;
}

/** fast-check's own model says whether a command makes sense: how many files there are. */
export interface Known {
  files: number;
}

type Command = fc.AsyncCommand<Known, Run>;

function compare({ met }: Run, answer: Result, expected: Expected): void {
  met.add(expected.code ?? expected.transition?.event ?? expected.__typename ?? '');
  if (expected.replayed === true) met.add('replayed');
  expect(sortEvents(answer)).toMatchObject(expected);
}

interface Choice {
  /** One of the files, whichever that is. */
  readonly file: number;
  /** An event by name, or one that the file accepts just then. */
  readonly event: LifecycleEvent | number;
  readonly expecting: 'nothing' | 'its version' | 'another version';
  readonly key: string | null;
  readonly failure: Failure | null;
}

const idOf = ({ files }: Run, index: number): string => files[index % files.length]!;

function toAsked({ model }: Run, id: string, { event, expecting, key, failure }: Choice): Asked {
  const accepted = model.read(id)?.allowedEvents ?? [];
  const named = typeof event === 'string' ? event : ((accepted[event % accepted.length] ?? 'RETRY') as LifecycleEvent);
  const version = model.versionOf(id);
  return {
    event: named,
    expectedVersion: expecting === 'nothing' ? null : expecting === 'its version' ? version : version + 1,
    idempotencyKey: key,
    failure: named.startsWith('FAIL_') ? failure : null,
  };
}

/** A command that needs a file to be there; `run` does and compares, `text` is shown when a run fails. */
function onFiles(text: string, run: (real: Run) => Promise<void>): Command {
  return { check: ({ files }) => files > 0, run: (_known, real) => run(real), toString: () => text };
}

const transitionOne = (choice: Choice): Command =>
  onFiles(`transition ${JSON.stringify(choice)}`, async (real) => {
    const id = idOf(real, choice.file);
    const asked = toAsked(real, id, choice);
    await ask(real, id, asked);
    real.asked.push({ id, asked });
  });

async function ask(real: Run, id: string, asked: Asked): Promise<void> {
  const { event, ...more } = asked;
  compare(real, await transition(real.url, id, event, more), real.model.transition(id, asked));
}

/** A client that did not hear the answer. */
const askAgain = (index: number): Command =>
  onFiles(`ask again ${index}`, async (real) => {
    const again = real.asked[index % real.asked.length];
    if (again !== undefined) await ask(real, again.id, again.asked);
  });

const transitionMany = (choices: readonly Choice[]): Command =>
  onFiles(`transitions ${JSON.stringify(choices)}`, async (real) => {
    const expected: Expected[] = [];
    const input = choices.map((choice) => {
      const id = idOf(real, choice.file);
      const asked = toAsked(real, id, choice);
      expected.push(real.model.transition(id, asked));
      return { id, ...asked };
    });
    const answers = await transitions(real.url, input);
    expect(answers).toHaveLength(choices.length);
    for (const [index, answer] of answers.entries()) compare(real, answer, expected[index]!);
  });

const removeOne = ({ file, expecting }: Choice): Command =>
  onFiles(`delete ${file} expecting ${expecting}`, async (real) => {
    const id = idOf(real, file);
    const { expectedVersion } = toAsked(real, id, { file, expecting, event: 0, key: null, failure: null });
    compare(real, await deleteFile(real.url, id, expectedVersion), real.model.remove(id, expectedVersion));
  });

const progress = (file: number, bytes: number): Command =>
  onFiles(`report ${bytes} of ${file}`, async (real) => {
    const id = idOf(real, file);
    compare(real, await reportProgress(real.url, id, bytes), real.model.report(id, bytes));
  });

const read = (file: number): Command =>
  onFiles(`read ${file}`, async (real) => {
    const id = idOf(real, file);
    const [shown, node, history] = await Promise.all([
      readFile(real.url, id),
      readNode(real.url, id),
      readHistory(real.url, id),
    ]);
    const expected = real.model.read(id);
    const steps = real.model.history(id);
    if (expected === null) expect([shown, node, history]).toEqual([null, null, null]);
    else {
      expect(sortEvents({ file: shown! })).toEqual({ file: expected });
      expect(node).toEqual({ __typename: 'File', ...shown });
      expect(history).toMatchObject(steps);
      expect(history).toHaveLength(steps.length);
    }
    // A transition has an id of its own, which holds when the file is gone.
    const last = steps.at(-1);
    if (last === undefined) return;
    const transitionId = `transition_${id.slice('file_'.length)}_${last.version}`;
    expect(await readNode(real.url, transitionId)).toMatchObject({
      __typename: 'Transition',
      id: transitionId,
      ...last,
    });
  });

/** The run's own files, newest first, in all states or in some. */
const list = (states: readonly FileState[] | null): Command => ({
  check: () => true,
  run: async (_known, { url, model, files, name }) => {
    const there = files.flatMap((id) => model.read(id) ?? []).toReversed();
    const expected = there.filter(({ state }) => states?.includes(state as FileState) ?? true);
    const listed = await listFiles(url, { nameContains: name, states });
    expect(listed.map((each) => sortEvents({ file: each }).file)).toEqual(expected);
  },
  toString: () => `list ${states?.join(' ') ?? 'all'}`,
});

interface NewFile {
  readonly size: number | null;
  readonly transfer: 'EXTERNAL' | 'MANAGED';
  readonly key: string | null;
}

export const registerOne = (input: NewFile): Command => ({
  check: () => true,
  run: async (known, real) => {
    const { url, model, files, keys, name } = real;
    const managed = input.transfer === 'MANAGED';
    // A MANAGED file of no bytes is uploaded already; test/uploads has that case.
    const size = managed ? input.size || 5 : input.size;
    const idempotencyKey = input.key === null ? null : `${name} ${input.key}`;
    const body = JSON.stringify([size, managed]);
    const answer = await register(url, { name, size, transfer: input.transfer, idempotencyKey });
    const used = idempotencyKey === null ? undefined : keys.get(idempotencyKey);
    if (used === undefined) {
      const id = answer.file?.id ?? 'none';
      compare(real, answer, model.register(id, { size, managed }));
      if (idempotencyKey !== null) keys.set(idempotencyKey, { body, answer });
      files.push(id);
      known.files += 1;
    } else if (used.body === body) expect(answer).toEqual({ ...used.answer, replayed: true });
    else expect(answer).toMatchObject({ code: 'IDEMPOTENCY_MISMATCH', field: 'idempotencyKey' });
  },
  toString: () => `register ${JSON.stringify(input)}`,
});

const key = fc.option(fc.constantFrom('k', 'l'), { freq: 2 });
const file = fc.nat({ max: 3 });

const choice: fc.Arbitrary<Choice> = fc.record({
  file,
  event: fc.oneof({ weight: 3, arbitrary: fc.nat({ max: 7 }) }, { weight: 2, arbitrary: fc.constantFrom(...EVENTS) }),
  expecting: fc.constantFrom('nothing', 'nothing', 'its version', 'another version'),
  key,
  failure: fc.option(
    fc.record({ code: fc.constantFrom('A', 'B'), message: fc.constant('m'), retryable: fc.boolean() }),
  ),
});

const newFile: fc.Arbitrary<NewFile> = fc.record({
  size: fc.option(fc.nat({ max: 9 })),
  transfer: fc.constantFrom('EXTERNAL', 'EXTERNAL', 'MANAGED'),
  key,
});

const transitioning = choice.map(transitionOne);

/** Sequences of commands. What is named more often is picked more often. */
export const commands: fc.Arbitrary<Iterable<Command>> = fc.commands(
  [
    newFile.map(registerOne),
    transitioning,
    transitioning,
    transitioning,
    transitioning,
    fc.nat({ max: 9 }).map(askAgain),
    fc.nat({ max: 9 }).map(askAgain),
    fc.array(choice, { minLength: 1, maxLength: 8 }).map(transitionMany),
    fc.array(choice, { minLength: 1, maxLength: 8 }).map(transitionMany),
    choice.map(removeOne),
    fc.tuple(file, fc.nat({ max: 10 })).map(([at, bytes]) => progress(at, bytes)),
    file.map(read),
    fc.option(fc.subarray(STATES)).map(list),
  ],
  { maxCommands: 16, size: '+1' },
);
