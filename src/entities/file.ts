// A registered file: the row that a batch locks and changes. Its state is a plain string that the database checks against
// the machine's list.
import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import { FILE_STATES, type FileState } from '../fsm/machine.ts';
import type { Failure } from '../fsm/types.ts';
import { statesWith } from '../fsm/tags.ts';
import { oneOf } from './checks.ts';
import type { JsonObject } from './json-text.ts';
import { type Processing, QUEUES, type Queue } from './processing.ts';

export const TRANSFER_MODES = ['MANAGED', 'EXTERNAL'] as const;
export type TransferMode = (typeof TRANSFER_MODES)[number];

const [FAILED] = statesWith('failed');
const [PROCESSING] = statesWith('processing');

/** What processors found, by their names. */
export type Properties = Readonly<Record<string, unknown>>;

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
    /** Whether the client declared `sha256`. One computed by the server is dropped together with the bytes. */
    digestDeclared: p.boolean().default(false),
    state: p.text().$type<FileState>(),
    /** Transitions applied: 0 when registered, then +1 each, no gaps. */
    version: p.integer().default(0),
    attempts: p.integer().default(0),
    maxAttempts: p.integer(),
    failure: p.json<Failure>().nullable(),
    metadata: p.json<JsonObject>(),
    /** Gone when the file starts over. */
    properties: p.json<JsonObject>().defaultRaw(`'{}'`),
    /** Set exactly while the file is PROCESSING, and the two columns after it. */
    processing: p.json<Processing>().nullable(),
    queue: p.text().$type<Queue>().nullable(),
    /** From when on a worker may take the file: at once, after a pause, or when the lease of the one that has it ends. */
    claimableAt: p.datetime().columnType('timestamptz(3)').nullable(),
    createdAt: p.datetime().columnType('timestamptz(3)'),
    updatedAt: p.datetime().columnType('timestamptz(3)'),
    /** When to check what its state's deadline is for (src/fsm/deadlines.ts); null: never. Bytes that came since move it. */
    dueAt: p.datetime().columnType('timestamptz(3)').nullable(),
  },
  indexes: [
    { name: 'file_by_tenant', properties: ['tenant', 'id'] },
    { name: 'file_by_state', properties: ['tenant', 'state', 'id'] },
    { name: 'file_due', properties: ['dueAt'], where: 'due_at is not null' },
    { name: 'file_queue', properties: ['queue', 'tenant', 'claimableAt', 'id'], where: 'queue is not null' },
  ],
  checks: [
    { name: 'file_state_check', expression: oneOf('state', FILE_STATES) },
    { name: 'file_transfer_check', expression: oneOf('transfer', TRANSFER_MODES) },
    { name: 'file_failure_check', expression: `(state = '${FAILED}') = (failure is not null)` },
    { name: 'file_size_check', expression: `size >= 0 and (size is not null or transfer = 'EXTERNAL')` },
    {
      name: 'file_bytes_received_check',
      expression: 'bytes_received >= 0 and (size is null or bytes_received <= size)',
    },
    { name: 'file_sha256_check', expression: `sha256 ~ '^[0-9a-f]{64}$'` },
    { name: 'file_queue_check', expression: oneOf('queue', QUEUES) },
    {
      name: 'file_processing_check',
      expression: `num_nonnulls(processing, queue, claimable_at) = case when state = '${PROCESSING}' then 3 else 0 end`,
    },
    { name: 'file_counters_check', expression: 'version >= 0 and attempts >= 0 and max_attempts >= 1' },
  ],
  triggers: [
    {
      // See file-attributes.ts. Its migration gives the function a search_path of its own, which MikroORM cannot declare.
      name: 'file_attributes',
      timing: 'after',
      events: ['insert'],
      forEach: 'row',
      body: `
        insert into file_attributes (file_id, tenant, name, created_at, sort_name, sort_size, labels)
          values (new.id, new.tenant, new.name, new.created_at, left(new.name, 256), coalesce(new.size, -1),
            jsonb_build_object('tenant', new.tenant, 'contentType', new.content_type, 'metadata', new.metadata));
        return null;`,
    },
  ],
});

export type File = InferEntity<typeof File>;
