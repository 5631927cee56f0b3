// A model of the service, as small as the contract allows: what the API must answer, computed from the contract's table
// and nothing of the code under test. For model-based tests.
import type { FileState, LifecycleEvent } from '../../src/fsm/machine.ts';
import { CONTRACT, EVENTS, STATES } from '../fsm/contract-table.ts';
import type { FileShape, Result, TransitionShape } from './client.ts';

export type Failure = NonNullable<FileShape['failure']>;

interface ModelFile {
  readonly id: string;
  readonly size: number | null;
  readonly managed: boolean;
  readonly state: FileState;
  readonly version: number;
  readonly attempts: number;
  readonly bytesReceived: number;
  readonly failure: Failure | null;
}

export type Step = Pick<TransitionShape, 'event' | 'from' | 'to' | 'version'>;

/** What is expected of an answer; fields that the server makes up are left out. */
export type Expected = Partial<Omit<Result, 'transition'>> & { readonly transition?: Step };

export interface Asked {
  readonly event: LifecycleEvent;
  readonly expectedVersion: number | null;
  readonly idempotencyKey: string | null;
  readonly failure: Failure | null;
}

interface Registration {
  readonly size: number | null;
  readonly managed: boolean;
}

/** One file from its registration on, beyond its deletion. */
interface Life {
  file: ModelFile;
  deleted: boolean;
  readonly history: Step[];
  /** The body a key was used with, and its answer. */
  readonly keys: Map<string, { readonly body: string; readonly answer: Expected }>;
}

const UNSPECIFIED: Failure = { code: 'UNSPECIFIED', message: 'No reason was given.', retryable: true };

/** What the server itself sends to MANAGED files. */
const SERVER_EVENTS: ReadonlySet<LifecycleEvent> = new Set(['START_UPLOAD', 'COMPLETE_UPLOAD']);

const NOT_FOUND: Expected = { __typename: 'RequestError', code: 'FILE_NOT_FOUND', field: 'id' };

export class Model {
  readonly maxAttempts: number;
  readonly #lives = new Map<string, Life>();
  readonly #counts = Object.fromEntries(STATES.map((state) => [state, 0])) as Record<FileState, number>;

  constructor(maxAttempts: number) {
    this.maxAttempts = maxAttempts;
  }

  /** Files by state, zeros included. */
  get counts(): Readonly<Record<FileState, number>> {
    return { ...this.#counts };
  }

  register(id: string, { size, managed }: Registration): Expected {
    const counters = { version: 0, attempts: 0, bytesReceived: 0 };
    const file = { id, size, managed, state: 'UNTRACKED', failure: null, ...counters } as const;
    this.#lives.set(id, { file, deleted: false, history: [], keys: new Map() });
    this.#counts.UNTRACKED += 1;
    return { __typename: 'RegisterFileSuccess', replayed: false, file: this.#show(file) };
  }

  transition(id: string, asked: Asked): Expected {
    const life = this.#lives.get(id);
    if (life === undefined) return NOT_FOUND;
    const { idempotencyKey: key, ...body } = asked;
    const used = key === null ? undefined : life.keys.get(key);
    if (used !== undefined) {
      return used.body === JSON.stringify(body) ? { ...used.answer, replayed: true } : this.#mismatch(life);
    }
    if (life.deleted) return NOT_FOUND;
    if (asked.expectedVersion !== null && asked.expectedVersion !== life.file.version) {
      return this.#reject(life, 'STALE_VERSION');
    }
    if (life.file.managed && SERVER_EVENTS.has(asked.event)) return this.#reject(life, 'FORBIDDEN');
    const refusal = this.#refusalOf(life.file, asked.event);
    if (refusal !== null) return this.#reject(life, refusal);
    const answer = this.#move(life, asked);
    if (key !== null) life.keys.set(key, { body: JSON.stringify(body), answer });
    return answer;
  }

  report(id: string, bytesReceived: number): Expected {
    const life = this.#lives.get(id);
    if (life === undefined || life.deleted) return NOT_FOUND;
    const { managed, state, size } = life.file;
    if (managed || state !== 'UPLOADING') return this.#reject(life, 'TRANSITION_NOT_ALLOWED');
    if (size !== null && bytesReceived > size) return this.#reject(life, 'INVALID_INPUT');
    life.file = { ...life.file, bytesReceived: Math.max(bytesReceived, life.file.bytesReceived) };
    return { __typename: 'ReportUploadProgressSuccess', file: this.#show(life.file) };
  }

  remove(id: string, expectedVersion: number | null): Expected & { readonly id?: string } {
    const life = this.#lives.get(id);
    if (life === undefined || life.deleted) return NOT_FOUND;
    if (expectedVersion !== null && expectedVersion !== life.file.version) return this.#reject(life, 'STALE_VERSION');
    life.deleted = true;
    this.#counts[life.file.state] -= 1;
    return { __typename: 'DeleteFileSuccess', id };
  }

  /** Null when it is gone. */
  read(id: string): FileShape | null {
    const life = this.#lives.get(id);
    return life === undefined || life.deleted ? null : this.#show(life.file);
  }

  /** Every step a file has made; it outlives the file. */
  history(id: string): readonly Step[] {
    return this.#lives.get(id)?.history ?? [];
  }

  /** The version of a file, deleted or not. */
  versionOf(id: string): number {
    return this.#lives.get(id)?.file.version ?? 0;
  }

  #refusalOf({ state, attempts }: ModelFile, event: LifecycleEvent): string | null {
    const cell = CONTRACT[state][event];
    if (cell === null) return 'TRANSITION_NOT_ALLOWED';
    return cell.guard !== undefined && attempts >= this.maxAttempts ? 'GUARD_REJECTED' : null;
  }

  #move(life: Life, { event, failure }: Asked): Expected {
    const { state: from, version, attempts, managed, size, bytesReceived } = life.file;
    const to = CONTRACT[from][event]!.to;
    life.file = {
      ...life.file,
      state: to,
      version: version + 1,
      attempts: event === 'START_UPLOAD' ? attempts + 1 : attempts,
      failure: to === 'FAILED' ? (failure ?? UNSPECIFIED) : null,
      bytesReceived: bytesAfter(event, { managed, size, bytesReceived }),
    };
    this.#counts[from] -= 1;
    this.#counts[to] += 1;
    const step = { event, from, to, version: version + 1 };
    life.history.push(step);
    return { __typename: 'TransitionFileSuccess', replayed: false, file: this.#show(life.file), transition: step };
  }

  #reject({ file }: Life, code: string): Expected {
    const shown = this.#show(file);
    return { __typename: 'TransitionRejected', code, file: shown, allowedEvents: shown.allowedEvents };
  }

  #mismatch(life: Life): Expected {
    const code = 'IDEMPOTENCY_MISMATCH';
    if (life.deleted) return { __typename: 'RequestError', code, field: 'idempotencyKey' };
    return this.#reject(life, code);
  }

  #show(file: ModelFile): FileShape {
    const { managed: _, ...shown } = file;
    return { ...shown, allowedEvents: this.#accepted(file) };
  }

  /** In the order of the answers' `allowedEvents`: sorted by name, see `sortEvents`. */
  #accepted(file: ModelFile): LifecycleEvent[] {
    return EVENTS.filter((event) => this.#refusalOf(file, event) === null).toSorted();
  }
}

function bytesAfter(
  event: LifecycleEvent,
  { managed, size, bytesReceived }: Pick<ModelFile, 'managed' | 'size' | 'bytesReceived'>,
): number {
  if (event === 'COMPLETE_UPLOAD' && !managed) return size ?? bytesReceived;
  if (event === 'RESET' || (event === 'RETRY' && !managed)) return 0;
  return bytesReceived;
}

const sorted = (events: readonly string[]): string[] => events.toSorted();

/** An answer with its lists of events in alphabetical order: their order is not part of the contract. */
export function sortEvents<Any extends { readonly file?: FileShape; readonly allowedEvents?: readonly string[] }>(
  answer: Any,
): Any {
  const { file, allowedEvents } = answer;
  return {
    ...answer,
    ...(file === undefined ? {} : { file: { ...file, allowedEvents: sorted(file.allowedEvents) } }),
    ...(allowedEvents === undefined ? {} : { allowedEvents: sorted(allowedEvents) }),
  };
}
