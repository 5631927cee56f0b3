// The enums of the schema. States, events and their descriptions come from the lifecycle machine.
import { ROLES, type Role } from '../config-auth.ts';
import { TRANSFER_MODES } from '../entities/file.ts';
import type { DeliveryState } from '../entities/webhook-delivery.ts';
import { WEBHOOK_FORMATS, WEBHOOK_STATES } from '../entities/webhook.ts';
import { CHANGE_KINDS, PROGRESS_PHASES } from '../feed/change.ts';
import { LIFECYCLE_EDGES, STATE_DESCRIPTIONS } from '../fsm/edges.ts';
import { FILE_STATES, type FileState, LIFECYCLE_EVENTS, type LifecycleEvent } from '../fsm/machine.ts';
import { builder } from './builder.ts';

type Values<Name extends string> = Record<Name, { value: Name; description: string }>;

function valuesOf<Name extends string>(names: readonly Name[], describe: (name: Name) => string): Values<Name> {
  return Object.fromEntries(names.map((name) => [name, { value: name, description: describe(name) }])) as Values<Name>;
}

function describeEvent(event: LifecycleEvent): string {
  const edges = LIFECYCLE_EDGES.filter((edge) => edge.event === event);
  const arrows = edges.map(({ from, to, guard }) => `${from} -> ${to}${guard === null ? '' : ` if ${guard}`}`);
  return `${arrows.join(', ')}. ${edges[0]?.description ?? ''}`;
}

export const FileStateEnum = builder.enumType('FileState', {
  description: 'The state of a file in its lifecycle.',
  values: valuesOf<FileState>(FILE_STATES, (state) => STATE_DESCRIPTIONS[state]),
});

export const LifecycleEventEnum = builder.enumType('LifecycleEvent', {
  description: 'An event that moves a file from one state to another.',
  values: valuesOf<LifecycleEvent>(LIFECYCLE_EVENTS, describeEvent),
});

const TRANSFER_DESCRIPTIONS = {
  MANAGED: 'The client uploads to this server (tus), which sends START_UPLOAD and COMPLETE_UPLOAD itself.',
  EXTERNAL: 'The client uploads elsewhere (a bucket, another API), sends the events, and reports progress.',
};

export const TransferModeEnum = builder.enumType('TransferMode', {
  description: 'How the bytes of a file are transferred.',
  values: valuesOf(TRANSFER_MODES, (mode) => TRANSFER_DESCRIPTIONS[mode]),
});

const KIND_DESCRIPTIONS = {
  REGISTERED: 'A file was registered.',
  TRANSITIONED: 'A file moved from one state to another.',
  PROGRESSED:
    'More bytes of an upload arrived, or its processing has come further. Not stored in the change log: only the latest progress is delivered.',
  DELETED: 'A file was deleted.',
};

export const FileChangeKindEnum = builder.enumType('FileChangeKind', {
  description: 'The kind of a change.',
  values: valuesOf(CHANGE_KINDS, (kind) => KIND_DESCRIPTIONS[kind]),
});

const PHASE_DESCRIPTIONS = {
  WAITING: 'The upload has not started.',
  RECEIVING: 'Bytes are arriving.',
  QUEUED: 'All bytes are here, and the file waits for a worker.',
  RUNNING: 'A worker processes the file.',
  DONE: 'The file is INDEXED or FAILED.',
};

export const ProgressPhaseEnum = builder.enumType('ProgressPhase', {
  description: 'What a file is doing.',
  values: valuesOf(PROGRESS_PHASES, (phase) => PHASE_DESCRIPTIONS[phase]),
});

const ROLE_DESCRIPTIONS: Readonly<Record<Role, string>> = {
  viewer: 'Reads files, their history and their changes, and downloads content.',
  uploader: 'Also registers, uploads, moves and deletes files, cancels processing, and has files processed again.',
  worker:
    'Reads files, claims and processes them, moves them on and reports progress; neither registers nor deletes any.',
  admin: 'Everything, API keys included.',
};

export const RoleEnum = builder.enumType('Role', {
  description: 'What a principal may do. Roles add up.',
  values: Object.fromEntries(
    ROLES.map((value) => [value.toUpperCase(), { value, description: ROLE_DESCRIPTIONS[value] }]),
  ) as { [Name in Role as Uppercase<Name>]: { value: Name; description: string } },
});

const WEBHOOK_STATE_DESCRIPTIONS = {
  ACTIVE: 'It is sent what it asks for.',
  PAUSED:
    'Nothing is sent; once it is ACTIVE again it goes on from where it was, if the change log still reaches back there.',
  DISABLED: 'The service has given it up: `disabledReason` says why. replayWebhook sends what it missed.',
};

export const WebhookStateEnum = builder.enumType('WebhookState', {
  description: 'Whether a webhook is sent anything.',
  values: valuesOf(WEBHOOK_STATES, (state) => WEBHOOK_STATE_DESCRIPTIONS[state]),
});

export const WebhookDeliveryStateEnum = builder.enumType('WebhookDeliveryState', {
  description: 'What became of a delivery.',
  values: {
    PENDING: {
      value: 'PENDING',
      description: 'It has failed and is tried again, or waits for an earlier change of its file.',
    },
    DELIVERED: { value: 'DELIVERED', description: 'The receiver has answered with 2xx.' },
    FAILED: { value: 'GIVEN_UP', description: 'It was given up. replayWebhook sends it again.' },
  } satisfies Record<string, { value: DeliveryState; description: string }>,
});

const WEBHOOK_FORMAT_DESCRIPTIONS = {
  STANDARD: 'The envelope that docs/webhooks.md describes.',
  CLOUDEVENTS: 'CloudEvents 1.0 JSON, in structured mode.',
};

export const WebhookFormatEnum = builder.enumType('WebhookFormat', {
  description: 'What a message looks like. `data` is the same in all.',
  values: valuesOf(WEBHOOK_FORMATS, (format) => WEBHOOK_FORMAT_DESCRIPTIONS[format]),
});

const ERROR_DESCRIPTIONS = {
  TRANSITION_NOT_ALLOWED: "The event is not allowed in the file's current state.",
  GUARD_REJECTED: 'The event is allowed in the current state, but its guard rejected it.',
  STALE_VERSION: 'The file is not at expectedVersion.',
  IDEMPOTENCY_MISMATCH: 'The idempotency key was already used with a different input.',
  FILE_NOT_FOUND: 'The file does not exist or belongs to another tenant; the two cases are indistinguishable.',
  FILE_BUSY: 'Timed out waiting for the row lock; retry.',
  INVALID_INPUT: 'The input is invalid: `message` names the rule, `field` names the field.',
  FORBIDDEN: 'Your role does not permit this.',
  STALE_LEASE: "The lease is over, or another worker's.",
  UNAVAILABLE: 'The service cannot take the request now. Nothing was done; retry later.',
  QUOTA_EXCEEDED:
    'The tenant has as many files, bytes or unfinished uploads as it may have. Nothing was done; delete or finish some first.',
  RATE_LIMITED: 'The tenant sends too much. Nothing was done; retry after `retryAfterSeconds`.',
};

export type ErrorCode = keyof typeof ERROR_DESCRIPTIONS;

export const ErrorCodeEnum = builder.enumType('ErrorCode', {
  description: 'Why a request was refused. Refusals are data, not GraphQL errors.',
  values: valuesOf(Object.keys(ERROR_DESCRIPTIONS) as ErrorCode[], (code) => ERROR_DESCRIPTIONS[code]),
});
