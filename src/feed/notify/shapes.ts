// Whether what came over the network is what it should be. A field that is not known is left alone: a newer version has it.
import { LOGGED_KINDS } from '../../entities/file-change.ts';
import type { FileSnapshot, JsonColumn } from '../../entities/file-snapshot.ts';
import { TRANSFER_MODES } from '../../entities/file.ts';
import type { VisibleProcessing } from '../../entities/processing.ts';
import { FILE_STATES, LIFECYCLE_EVENTS } from '../../fsm/machine.ts';
import type { Failure } from '../../fsm/types.ts';
import type { TransitionRecord } from '../../lifecycle/commands.ts';
import type { LoggedChange } from '../change.ts';
import type { Place } from '../place.ts';

type Check = (value: unknown) => boolean;
type Shape<Of> = Readonly<Record<Extract<keyof Of, string>, Check>>;

const text: Check = (value) => typeof value === 'string';
const count: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const number: Check = (value) => typeof value === 'number';
const boolean: Check = (value) => typeof value === 'boolean';
const uuid: Check = (value) => typeof value === 'string' && /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/.test(value);
const time: Check = (value) => typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value);
const int32: Check = (value) => Number.isInteger(value) && (value as number) === ((value as number) | 0);
const jsonText: Check = (value) => typeof value === 'string' && value.startsWith('{') && value.endsWith('}');

const oneOf =
  (values: readonly string[]): Check =>
  (value) =>
    values.includes(value as string);

const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);

/** Snapshots of earlier versions do not have it. */
const orNone =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

const shaped =
  <Of>(shape: Shape<Of>): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries<Check>(shape).every(([name, check]) => check((value as Record<string, unknown>)[name]));

const failure = shaped<Failure>({ code: text, message: text, retryable: boolean });

const processing = shaped<VisibleProcessing>({
  worker: orNull(text),
  attempt: count,
  progress: orNull(number),
  message: orNull(text),
  leaseExpiresAt: orNull(time),
  cancelRequested: boolean,
});

const file = shaped<FileSnapshot>({
  id: uuid,
  name: text,
  contentType: text,
  transfer: oneOf(TRANSFER_MODES),
  size: orNull(count),
  bytesReceived: count,
  sha256: orNull(text),
  state: oneOf(FILE_STATES),
  version: count,
  attempts: count,
  maxAttempts: count,
  failure: orNull(failure),
  metadata: jsonText,
  properties: jsonText,
  processing: orNone(orNull(processing)),
  retryAt: orNone(orNull(time)),
  createdAt: time,
  updatedAt: time,
});

const transition = shaped<TransitionRecord>({
  fileId: uuid,
  event: oneOf(LIFECYCLE_EVENTS),
  from: oneOf(FILE_STATES),
  to: oneOf(FILE_STATES),
  version: count,
  attemptId: uuid,
  actor: text,
  failure: orNull(failure),
  occurredAt: time,
});

/** A change whose JSON is text. */
export type PrintedChange = Omit<LoggedChange, 'file' | 'isDamaged'> & {
  readonly file: Omit<FileSnapshot, JsonColumn> & {
    readonly [Name in JsonColumn]: string;
  };
};

const change = shaped<PrintedChange>({
  position: count,
  fingerprint: int32,
  kind: oneOf(LOGGED_KINDS),
  tenant: text,
  fileId: uuid,
  version: count,
  file,
  transition: orNull(transition),
  occurredAt: time,
});

export const isPosition = count as (value: unknown) => value is number;
export const isPlace = shaped<Place>({ position: count, fingerprint: int32 }) as (value: unknown) => value is Place;
export const isPrintedChange = change as (value: unknown) => value is PrintedChange;
