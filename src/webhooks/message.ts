// What is sent for a change: what `fileChanges` says of it, in an envelope. It depends on the webhook and on the change as the
// log has it, and on nothing else, so that a change that is sent again is the same bytes under the same id.
import { type JsonObject, textOf } from '../entities/json-text.ts';
import type { FileSnapshot } from '../entities/file-snapshot.ts';
import type { WebhookFormat } from '../entities/webhook.ts';
import type { LoggedChange } from '../feed/change.ts';
import type { Place } from '../feed/place.ts';
import { encodeId, transitionKey } from '../ids.ts';
import { attemptName } from '../lifecycle/attempt-log.ts';

/** Of the envelope and of what is in it. Fields may be added to a version, and none is taken away. */
const VERSION = 1;

const TYPES = { REGISTERED: 'file.registered', TRANSITIONED: 'file.transitioned', DELETED: 'file.deleted' } as const;

export interface Message {
  /** `webhook-id`: of this change for this webhook, whenever and however often it is sent. */
  readonly id: string;
  readonly contentType: string;
  readonly body: string;
}

/** Identifies a delivery. The fingerprint, as after a fork another change may stand at the position. */
export const deliveryKey = (webhookId: string, { position, fingerprint }: Place): string =>
  `${webhookId}_${position}_${(fingerprint >>> 0).toString(16).padStart(8, '0')}`;

export const messageId = (webhookId: string, place: Place): string =>
  encodeId('WebhookDelivery', deliveryKey(webhookId, place));

/** @param cursor of the change */
export function messageOf(
  webhook: { readonly id: string; readonly format: WebhookFormat },
  change: LoggedChange,
  cursor: string,
): Message {
  const id = messageId(webhook.id, change);
  const data = printData(change, cursor);
  const { occurredAt } = change;
  const type = TYPES[change.kind];
  if (webhook.format === 'STANDARD') {
    const head = { id, type, version: VERSION, timestamp: occurredAt };
    return { id, contentType: 'application/json', body: withMember(head, 'data', data) };
  }
  const head = {
    specversion: '1.0',
    id,
    source: `urn:waybill:${encodeId('Webhook', webhook.id)}`,
    type: `waybill.${type}.v${VERSION}`,
    subject: encodeId('File', change.fileId),
    time: occurredAt,
    datacontenttype: 'application/json',
  };
  return { id, contentType: 'application/cloudevents+json; charset=utf-8', body: withMember(head, 'data', data) };
}

/** JSON of an object with one more member, which is JSON already. */
const withMember = (head: object, name: string, json: string): string =>
  `${JSON.stringify(head).slice(0, -1)},"${name}":${json}}`;

function printData(change: LoggedChange, cursor: string): string {
  const { kind, occurredAt } = change;
  const head = { kind, cursor, fileId: encodeId('File', change.fileId), occurredAt };
  if (kind === 'DELETED') return JSON.stringify(head);
  const withFile = withMember(head, 'file', printFile(change.file));
  return kind === 'REGISTERED' ? withFile : `${withFile.slice(0, -1)},"transition":${printTransition(change)}}`;
}

/**
 * As the type File of the schema, without its URLs, which are the receiver's to ask for, and without `allowedEvents`, which is
 * of the machine as it runs and not of the change.
 */
function printFile(file: FileSnapshot): string {
  // Changes from before there were processors do not have all.
  const { metadata, properties, processing, retryAt } = file as Partial<FileSnapshot>;
  const head = {
    id: encodeId('File', file.id),
    name: file.name,
    contentType: file.contentType,
    transfer: file.transfer,
    size: file.size,
    bytesReceived: file.bytesReceived,
    sha256: file.sha256,
    state: file.state,
    version: file.version,
    attempts: file.attempts,
    maxAttempts: file.maxAttempts,
    failure: file.failure,
    retryAt: retryAt ?? null,
    processing: processing ?? null,
    createdAt: file.createdAt,
    updatedAt: file.updatedAt,
  };
  return withMember(head, 'metadata', `${printJson(metadata)},"properties":${printJson(properties)}`);
}

const printJson = (json: JsonObject | undefined): string => (json === undefined ? '{}' : textOf(json));

function printTransition({ transition, position }: LoggedChange): string {
  if (transition === null) throw new TypeError(`change ${position} has no transition`);
  const { fileId, event, from, to, version, attemptId, actor, failure, occurredAt } = transition;
  return JSON.stringify({
    id: encodeId('Transition', transitionKey(transition)),
    fileId: encodeId('File', fileId),
    event,
    from,
    to,
    version,
    attemptId: attemptName(attemptId),
    actor,
    failure,
    occurredAt,
  });
}
