// From the input of a client to a command: plain values in, a command or a refusal out. The schema and uploads both come
// through here, so they hold a file to the same rules.
import type { TransferMode } from '../entities/file.ts';
import { LIFECYCLE_EDGES } from '../fsm/edges.ts';
import { UNSPECIFIED } from '../fsm/failures.ts';
import type { LifecycleEvent } from '../fsm/machine.ts';
import { hasTag } from '../fsm/tags.ts';
import type { Failure } from '../fsm/types.ts';
import { decodeFileId } from '../ids.ts';
import type { Origin } from './addressed.ts';
import type { ProgressCommand, RegisterCommand, RemoveCommand, TransitionCommand } from './commands.ts';
import {
  type Fault,
  contentTypeFault,
  failureCodeFault,
  failureMessageFault,
  fileIdFault,
  foundTextFault,
  keyFault,
  leaseTokenFault,
  metadataFault,
  nameFault,
  negativeFault,
  propertiesFault,
  sha256Fault,
  sizeFault,
} from './input-rules.ts';

/** Limits of what can be registered. */
export interface RegistrationLimits {
  readonly maxUploadBytes: number;
  readonly maxAttempts: number;
}

export interface Issue {
  readonly field: string;
  readonly message: string;
}

/** The input breaks a rule. `message` and `field` are those of the first issue. */
export interface InvalidInput extends Issue {
  readonly outcome: 'refused';
  readonly code: 'INVALID_INPUT';
  readonly issues: readonly Issue[];
}

/** An input field that was left out. */
export type Optional<Value> = Value | null | undefined;

export interface RegisterInput {
  readonly name: string;
  readonly contentType?: Optional<string>;
  readonly transfer?: Optional<TransferMode>;
  readonly size?: Optional<number>;
  readonly sha256?: Optional<string>;
  readonly metadata?: Optional<Record<string, unknown>>;
  /** As it was sent (tus only). */
  readonly metadataHeader?: Optional<string>;
  readonly idempotencyKey?: Optional<string>;
}

export interface FailureInput {
  readonly code: string;
  readonly message: string;
  readonly retryable?: Optional<boolean>;
}

export interface TransitionInput {
  /** The global id of a file, as in all inputs. */
  readonly id: string;
  readonly event: LifecycleEvent;
  readonly expectedVersion?: Optional<number>;
  readonly idempotencyKey?: Optional<string>;
  readonly failure?: Optional<FailureInput>;
  readonly leaseToken?: Optional<string>;
  readonly properties?: Optional<Record<string, unknown>>;
  /** For search: stored before the command is sent, and not part of it (src/schema/mutations/found-text.ts). */
  readonly text?: Optional<string>;
}

export interface ProgressInput {
  readonly id: string;
  readonly bytesReceived: number;
}

export interface RemoveInput {
  readonly id: string;
  readonly expectedVersion?: Optional<number>;
}

/** Who asks, and the id of this attempt (UUIDv7). */
export interface Requester extends Origin {
  readonly attemptId: string;
}

const FAILURE_EVENTS: ReadonlySet<LifecycleEvent> = new Set(
  LIFECYCLE_EDGES.filter(({ to }) => hasTag(to, 'failed')).map(({ event }) => event),
);

const COMPLETION_EVENTS: ReadonlySet<LifecycleEvent> = new Set(
  LIFECYCLE_EDGES.filter(({ to }) => hasTag(to, 'ready')).map(({ event }) => event),
);

/** Null when no field has a fault. */
export function findIssues(...checks: readonly (readonly [field: string, fault: Fault])[]): InvalidInput | null {
  const issues = checks.flatMap(([field, message]) => (message === null ? [] : [{ field, message }]));
  const [first] = issues;
  return first === undefined ? null : { outcome: 'refused', code: 'INVALID_INPUT', ...first, issues };
}

/** Applies a rule to a field that may be left out. */
export const given = <Value>(value: Optional<Value>, rule: (value: Value) => Fault): Fault =>
  value == null ? null : rule(value);

/** @param fileId the UUID that the file will have */
export function toRegisterCommand(
  input: RegisterInput,
  requester: Requester,
  fileId: string,
  { maxUploadBytes, maxAttempts }: RegistrationLimits,
): RegisterCommand | InvalidInput {
  const { name, size = null, sha256 = null, metadataHeader = null, idempotencyKey = null } = input;
  const contentType = input.contentType ?? 'application/octet-stream';
  const transfer = input.transfer ?? 'MANAGED';
  const metadata = input.metadata ?? {};
  const isSizeMissing = size === null && transfer === 'MANAGED';
  const invalid = findIssues(
    ['size', isSizeMissing ? 'size is required for a MANAGED file.' : null],
    ['name', nameFault(name)],
    ['contentType', contentTypeFault(contentType)],
    ['size', given(size, (bytes) => sizeFault(bytes, maxUploadBytes))],
    ['sha256', given(sha256, sha256Fault)],
    ['metadata', metadataFault(metadata)],
    ['idempotencyKey', given(idempotencyKey, keyFault)],
  );
  if (invalid !== null) return invalid;
  const lowerSha256 = sha256?.toLowerCase() ?? null;
  const declared = { name, contentType, transfer, size, sha256: lowerSha256, metadata, metadataHeader };
  return { ...requester, kind: 'register', fileId, ...declared, maxAttempts, idempotencyKey };
}

export function toTransitionCommand(input: TransitionInput, requester: Requester): TransitionCommand | InvalidInput {
  const { id, event, expectedVersion = null, idempotencyKey = null, failure = null } = input;
  const { leaseToken = null, properties = null, text = null } = input;
  const isFailureMisplaced = failure !== null && !FAILURE_EVENTS.has(event);
  const invalid = findIssues(
    ['failure', isFailureMisplaced ? `failure does not go with ${event}.` : null],
    ['id', fileIdFault('id', id)],
    ['expectedVersion', given(expectedVersion, (version) => negativeFault('expectedVersion', version))],
    ['idempotencyKey', given(idempotencyKey, keyFault)],
    ['failure.code', given(failure?.code, failureCodeFault)],
    ['failure.message', given(failure?.message, failureMessageFault)],
    ['leaseToken', given(leaseToken, leaseTokenFault)],
    ['properties', given(properties, (found) => completionFault(event, 'properties', propertiesFault(found)))],
    ['text', given(text, (found) => completionFault(event, 'text', leasedTextFault(found, leaseToken)))],
  );
  if (invalid !== null) return invalid;
  const fileId = decodeFileId(id)!;
  const reason = failure === null ? UNSPECIFIED : toFailure(failure);
  const asked = { event, expectedVersion, idempotencyKey, failure: reason, leaseToken, properties };
  return { ...requester, kind: 'transition', fileId, ...asked };
}

/** What processing found comes with its end. */
const completionFault = (event: LifecycleEvent, field: 'properties' | 'text', fault: Fault): Fault =>
  COMPLETION_EVENTS.has(event) ? fault : `${field} cannot be sent with ${event}.`;

const leasedTextFault = (text: string, leaseToken: string | null): Fault =>
  leaseToken === null ? 'text needs the leaseToken of the worker that found it.' : foundTextFault(text);

const toFailure = ({ code, message, retryable }: FailureInput): Failure => ({
  code,
  message,
  retryable: retryable ?? true,
});

export function toProgressCommand(
  { id, bytesReceived }: ProgressInput,
  requester: Requester,
): ProgressCommand | InvalidInput {
  const invalid = findIssues(
    ['id', fileIdFault('id', id)],
    ['bytesReceived', negativeFault('bytesReceived', bytesReceived)],
  );
  return invalid ?? { ...requester, kind: 'progress', fileId: decodeFileId(id)!, bytesReceived };
}

export function toRemoveCommand(
  { id, expectedVersion = null }: RemoveInput,
  requester: Requester,
): RemoveCommand | InvalidInput {
  const invalid = findIssues(
    ['id', fileIdFault('id', id)],
    ['expectedVersion', given(expectedVersion, (version) => negativeFault('expectedVersion', version))],
  );
  return invalid ?? { ...requester, kind: 'remove', fileId: decodeFileId(id)!, expectedVersion };
}
