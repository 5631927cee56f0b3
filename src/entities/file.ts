// A registered file: the row that is locked, decided upon and moved. Its state is a plain string, checked by the
// database against the machine's own list.
import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import { FAILED_STATE, FILE_STATES, type FileState } from '../fsm/machine.ts';
import type { Failure } from '../fsm/types.ts';
import { oneOf } from './checks.ts';

export const TRANSFER_MODES = ['MANAGED', 'EXTERNAL'] as const;
export type TransferMode = (typeof TRANSFER_MODES)[number];

export const File = defineEntity({
  name: 'File',
  tableName: 'file',
  properties: {
    /** UUIDv7 (RFC 9562): ids in order are files in order of registration. */
    id: p.uuid().primary(),
    tenant: p.text(),
    name: p.text(),
    contentType: p.text(),
    transfer: p.text().$type<TransferMode>(),
    /** Declared length in bytes. */
    size: p.bigint('number').nullable(),
    bytesReceived: p.bigint('number').default(0),
    sha256: p.text().nullable(),
    /** Whether the client declared `sha256`: one that was computed here goes with the bytes it was computed from. */
    digestDeclared: p.boolean().default(false),
    state: p.text().$type<FileState>(),
    /** Transitions applied: 0 when registered, then +1 each, no gaps. */
    version: p.integer().default(0),
    attempts: p.integer().default(0),
    maxAttempts: p.integer(),
    failure: p.json<Failure>().nullable(),
    metadata: p.json<Record<string, unknown>>(),
    createdAt: p.datetime().columnType('timestamptz(3)'),
    updatedAt: p.datetime().columnType('timestamptz(3)'),
    /** When its state should be looked at (src/fsm/deadlines.ts); null: it may rest. Bytes that came since put it off. */
    dueAt: p.datetime().columnType('timestamptz(3)').nullable(),
  },
  indexes: [
    { name: 'file_by_tenant', properties: ['tenant', 'id'] },
    { name: 'file_by_state', properties: ['tenant', 'state', 'id'] },
    { name: 'file_due', properties: ['dueAt'], where: 'due_at is not null' },
  ],
  checks: [
    { name: 'file_state_check', expression: oneOf('state', FILE_STATES) },
    { name: 'file_transfer_check', expression: oneOf('transfer', TRANSFER_MODES) },
    { name: 'file_failure_check', expression: `(state = '${FAILED_STATE}') = (failure is not null)` },
    { name: 'file_size_check', expression: `size >= 0 and (size is not null or transfer = 'EXTERNAL')` },
    {
      name: 'file_bytes_received_check',
      expression: 'bytes_received >= 0 and (size is null or bytes_received <= size)',
    },
    { name: 'file_sha256_check', expression: `sha256 ~ '^[0-9a-f]{64}$'` },
    { name: 'file_counters_check', expression: 'version >= 0 and attempts >= 0 and max_attempts >= 1' },
  ],
});

export type File = InferEntity<typeof File>;
