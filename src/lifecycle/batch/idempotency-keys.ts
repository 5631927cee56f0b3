// Which idempotency keys were used before, for what, and with which answer. Looked up once per batch, after the rows are
// locked, so that of two equal requests the second always finds the first.
import { sql } from 'kysely';
import type { EntityManager } from '../../db/orm.ts';
import { FileChange } from '../../entities/file-change.ts';
import type { FileSnapshot } from '../../entities/file-snapshot.ts';
import type { IdempotencyRecord } from '../../entities/idempotency-record.ts';
import { fromLogged } from '../../entities/logged-file.ts';
import { SERVER_MOVES, isStored } from '../decide/finish-upload.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { Statement } from '../../db/connection.ts';
import { each } from '../../db/planner.ts';
import type { Transaction } from '../../db/transact.ts';
import type { Command, KeyedCommand, Refused, RegisterCommand } from '../commands.ts';
import type { NewChange, BatchWrites } from './writes.ts';

interface FirstAnswer {
  /** What the command asked for. */
  readonly change: NewChange;
  /** The file as committed then. */
  readonly file: FileSnapshot;
}

interface Use extends FirstAnswer {
  readonly fingerprint: string;
}

interface RefusedRegistration {
  readonly command: RegisterCommand;
  readonly refusal: Refused;
}

/** What answers a retry; `mismatch` when the key was used for another request. */
export type Recalled = FirstAnswer | 'mismatch' | undefined;

type Found = IdempotencyRecord & {
  readonly changeId: string;
  readonly laterId: string | null;
  /** Of its registration, which has the metadata (writes.ts). */
  readonly firstId: string;
};

const idsOf = ({ changeId, laterId, firstId }: Found): number[] =>
  [changeId, laterId, firstId].flatMap((id) => (id === null ? [] : [Number(id)]));

const hasKey = (command: Command): command is KeyedCommand =>
  'idempotencyKey' in command && command.idempotencyKey !== null;

/** A registration's file does not exist yet, so its keys are the tenant's; any other key belongs to its file. */
const scopeOf = (command: KeyedCommand): string => (command.kind === 'register' ? 'register' : command.fileId);

const nameOf = (tenant: string, scope: string, key: string): string => JSON.stringify([tenant, scope, key]);

const NOT_ASKED = { maxAttempts: undefined, metadataHeader: undefined, leaseToken: undefined, properties: undefined };

function fingerprint(command: KeyedCommand): string {
  // The server chooses a registration's file id and limits, and another actor may retry: none is part of the request. What
  // a header means is in the other fields; its spelling may differ.
  const { tenant, actor, attemptId, fileId, idempotencyKey, ...request } = command;
  const { maxAttempts, metadataHeader, leaseToken, properties, ...asked } = { ...NOT_ASKED, ...request };
  // Left out where there are none, as in fingerprints from before there were leases.
  return fingerprintOf({
    ...asked,
    ...(leaseToken != null && { leaseToken }),
    ...(properties != null && { properties }),
  });
}

/** Only a claim of this file: a key may have been used for an earlier one. */
const GIVE_BACK: Statement = {
  name: 'waybill_give_back_keys',
  text: `delete from idempotency_record as record
    using unnest($1::text[], $2::text[], $3::uuid[]) as given (tenant, key, file_id)
    where record.tenant = ${each('given.tenant')} and record.scope = 'register' and record.key = ${each('given.key')}
      and record.file_id is not distinct from given.file_id`,
};

export class IdempotencyKeys {
  readonly #uses = new Map<string, Use>();
  /** Registrations that were refused, the first with each key. */
  readonly #refused = new Map<string, RefusedRegistration>();

  /** Looks up the keys of `commands`, and claims unused ones of registrations. */
  static async open(transaction: Transaction, commands: readonly Command[], now: Date): Promise<IdempotencyKeys> {
    const keys = new IdempotencyKeys();
    const keyed = commands.filter(hasKey);
    if (keyed.length === 0) return keys;
    const { em } = transaction;
    await claimRegistrations(em, keyed, now);
    await keys.#load(em, keyed);
    return keys;
  }

  recall(command: Command): Recalled {
    if (!hasKey(command)) return undefined;
    const use = this.#uses.get(nameOf(command.tenant, scopeOf(command), command.idempotencyKey));
    if (use === undefined) return undefined;
    return use.fingerprint === fingerprint(command) ? use : 'mismatch';
  }

  /** Remembers the answer of a command, for those behind it and for later batches. */
  remember(writes: BatchWrites, command: Command, change: NewChange, file: FileSnapshot): void {
    if (!hasKey(command)) return;
    const { tenant, idempotencyKey: key } = command;
    const use = { fingerprint: fingerprint(command), change, file };
    this.#uses.set(nameOf(tenant, scopeOf(command), key), use);
    if (command.kind === 'register') return; // claimed already
    writes.remember({
      tenant,
      key,
      scope: scopeOf(command),
      fingerprint: use.fingerprint,
      fileId: change.fileId,
      version: change.version,
      createdAt: change.occurredAt,
    });
  }

  /** The registration was refused: its key is given back, as if it had never been sent. */
  giveBack(command: RegisterCommand, refusal: Refused): void {
    if (!hasKey(command)) return;
    this.#refused.set(nameOf(command.tenant, scopeOf(command), command.idempotencyKey), { command, refusal });
  }

  /** Why a registration of this batch with the same key was refused: the others with it are too. */
  refusalOf(command: RegisterCommand): Refused | undefined {
    if (!hasKey(command)) return undefined;
    return this.#refused.get(nameOf(command.tenant, scopeOf(command), command.idempotencyKey))?.refusal;
  }

  send(transaction: Transaction): void {
    if (this.#refused.size === 0) return;
    const given = Array.from(this.#refused.values(), ({ command }) => command);
    transaction.send(GIVE_BACK, [
      given.map(({ tenant }) => tenant),
      given.map(({ idempotencyKey }) => idempotencyKey),
      given.map(({ fileId }) => fileId),
    ]);
  }

  async #load(em: EntityManager, keyed: readonly KeyedCommand[]): Promise<void> {
    const { rows: records } = await sql<Found>`
      select asked.*, r.fingerprint, c.id as "changeId", later.id as "laterId",
        registered.id as "firstId"
      from unnest(${keyed.map((command) => command.tenant)}::text[], ${keyed.map(scopeOf)}::text[],
                  ${keyed.map((command) => command.idempotencyKey)}::text[]) as asked (tenant, scope, key)
      cross join lateral (
        select fingerprint, file_id, version from idempotency_record as record
        where record.tenant = asked.tenant and record.scope = asked.scope and record.key = asked.key limit 1
      ) as r
      cross join lateral (
        select id from file_change where file_id = r.file_id and version = r.version limit 1
      ) as c
      cross join lateral (
        select id from file_change where file_id = r.file_id and version = 0 limit 1
      ) as registered
      left join lateral (
        select id from file_change where file_id = r.file_id and version = r.version + ${SERVER_MOVES} limit 1
      ) as later on true`.execute(em.getKysely());
    if (records.length === 0) return;
    const changes = await em.find(FileChange, { id: records.flatMap(idsOf) });
    const byId = new Map(changes.map((change) => [change.id, change]));
    for (const { tenant, scope, key, fingerprint: made, changeId, laterId, firstId } of records) {
      const [change, first] = [byId.get(Number(changeId)), byId.get(Number(firstId))];
      if (change === undefined || first === undefined) continue;
      const whole = (row: FileChange): FileSnapshot => {
        const json = { metadata: first.file.metadata ?? {}, properties: {} };
        return { ...json, ...fromLogged(row, row.file) };
      };
      const asked = { ...change, file: whole(change) };
      const later = isStored(asked.file) ? byId.get(Number(laterId)) : undefined;
      const file = later === undefined ? asked.file : whole(later);
      this.#uses.set(nameOf(tenant, scope, key), { fingerprint: made, change: asked, file });
    }
  }
}

/** The version a registration answers with: an empty file is uploaded at once (finish-upload.ts). */
const answeredAt = (command: KeyedCommand): number =>
  command.kind === 'register' && command.transfer === 'MANAGED' && command.size === 0 ? 2 : 0;

/**
 * There is no row to lock before a file exists, so two equal registrations meet here: the second insert waits for the
 * first one's transaction and then finds its record (committed) or takes its place (rolled back).
 */
async function claimRegistrations(em: EntityManager, keyed: readonly KeyedCommand[], now: Date): Promise<void> {
  const firstOfKey = new Map<string, KeyedCommand>();
  for (const command of keyed) {
    const name = nameOf(command.tenant, scopeOf(command), command.idempotencyKey);
    if (command.kind === 'register' && !firstOfKey.has(name)) firstOfKey.set(name, command);
  }
  if (firstOfKey.size === 0) return;
  // In one order everywhere, or two batches could deadlock.
  const claims = [...firstOfKey].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, command]) => command);
  await sql`
    insert into idempotency_record (tenant, scope, key, fingerprint, file_id, version, created_at)
    select tenant, 'register', key, fingerprint, file_id, version, ${now}::timestamptz
    from unnest(${claims.map(({ tenant }) => tenant)}::text[],
                ${claims.map(({ idempotencyKey }) => idempotencyKey)}::text[],
                ${claims.map(fingerprint)}::text[],
                ${claims.map(({ fileId }) => fileId)}::uuid[],
                ${claims.map(answeredAt)}::int[]) as claim (tenant, key, fingerprint, file_id, version)
    on conflict do nothing`.execute(em.getKysely());
}
