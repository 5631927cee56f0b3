// The enums of the contract. States and events come from the machine, with the machine's own words for them.
import { TRANSFER_MODES } from '../entities/file.ts';
import { CHANGE_KINDS } from '../feed/change.ts';
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
  description: 'Where a file stands in its life.',
  values: valuesOf<FileState>(FILE_STATES, (state) => STATE_DESCRIPTIONS[state]),
});

export const LifecycleEventEnum = builder.enumType('LifecycleEvent', {
  description: 'An input to the lifecycle machine.',
  values: valuesOf<LifecycleEvent>(LIFECYCLE_EVENTS, describeEvent),
});

const TRANSFER_DESCRIPTIONS = {
  MANAGED: 'The bytes come through this server (tus); the server itself sends START_UPLOAD and COMPLETE_UPLOAD.',
  EXTERNAL: 'The bytes go elsewhere (a bucket, another API); the client sends the events and reports progress.',
};

export const TransferModeEnum = builder.enumType('TransferMode', {
  description: 'Which way the bytes of a file go.',
  values: valuesOf(TRANSFER_MODES, (mode) => TRANSFER_DESCRIPTIONS[mode]),
});

const KIND_DESCRIPTIONS = {
  REGISTERED: 'A file was registered.',
  TRANSITIONED: 'A file moved from one state to another.',
  PROGRESSED: 'More bytes of an upload have arrived. Not in the log: newest wins.',
  DELETED: 'A file was deleted.',
};

export const FileChangeKindEnum = builder.enumType('FileChangeKind', {
  description: 'What a change of the stream tells.',
  values: valuesOf(CHANGE_KINDS, (kind) => KIND_DESCRIPTIONS[kind]),
});

const ERROR_DESCRIPTIONS = {
  TRANSITION_NOT_ALLOWED: "The machine has no such edge from the file's state.",
  GUARD_REJECTED: 'The edge exists, its guard said no.',
  STALE_VERSION: "expectedVersion is not the file's version.",
  IDEMPOTENCY_MISMATCH: 'The key was used before with another body.',
  FILE_NOT_FOUND: 'There is no such file, or it is not yours: the two are not told apart.',
  FILE_BUSY: 'The row lock was not had in time: retry.',
  INVALID_INPUT: 'The input breaks a rule; `message` says which, `field` says where.',
  FORBIDDEN: 'The file is visible to you, the action is not yours.',
};

export type ErrorCode = keyof typeof ERROR_DESCRIPTIONS;

export const ErrorCodeEnum = builder.enumType('ErrorCode', {
  description: 'Why a request was refused. Refusals are data, not GraphQL errors.',
  values: valuesOf(Object.keys(ERROR_DESCRIPTIONS) as ErrorCode[], (code) => ERROR_DESCRIPTIONS[code]),
});
