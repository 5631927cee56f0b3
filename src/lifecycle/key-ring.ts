// Idempotency: which keys were used before, for what, and with which answer. Looked up once per unit of work, after the
// rows are locked, so that of two equal requests the second always finds the first.
import { sql } from 'kysely';
import type { EntityManager } from '../db/orm.ts';
import { FileChange } from '../entities/file-change.ts';
import type { IdempotencyRecord } from '../entities/idempotency-record.ts';
import { fingerprintOf } from './canonical-json.ts';
import type { Command, KeyedCommand } from './commands.ts';
import type { NewChange, UnitWrites } from './unit-writes.ts';

interface Use {
  readonly fingerprint: string;
  readonly change: NewChange;
}

/** What a lookup finds: the change that answers the retry, or the news that the key was used for something else. */
export type Recalled = { readonly change: NewChange } | 'mismatch' | undefined;

const hasKey = (command: Command): command is KeyedCommand =>
  'idempotencyKey' in command && command.idempotencyKey !== null;

/** A registration's file does not exist yet, so its keys are the tenant's; any other key belongs to its file. */
const scopeOf = (command: KeyedCommand): string => (command.kind === 'register' ? 'register' : command.fileId);

const nameOf = (tenant: string, scope: string, key: string): string => JSON.stringify([tenant, scope, key]);

function fingerprint(command: KeyedCommand): string {
  // A registration's file id and limits are ours, and who retries may differ: none of them is part of the request.
  const { tenant, actor, attemptId, fileId, idempotencyKey, ...request } = command;
  const { maxAttempts, ...asked } = { maxAttempts: undefined, ...request };
  return fingerprintOf(asked);
}

export class KeyRing {
  readonly #uses = new Map<string, Use>();

  /** Looks up the keys of `commands`, and claims those of registrations that nobody has used. */
  static async open(em: EntityManager, commands: readonly Command[], now: Date): Promise<KeyRing> {
    const ring = new KeyRing();
    const keyed = commands.filter(hasKey);
    if (keyed.length === 0) return ring;
    await claimRegistrations(em, keyed, now);
    await ring.#recall(em, keyed);
    return ring;
  }

  find(command: Command): Recalled {
    if (!hasKey(command)) return undefined;
    const use = this.#uses.get(nameOf(command.tenant, scopeOf(command), command.idempotencyKey));
    if (use === undefined) return undefined;
    return use.fingerprint === fingerprint(command) ? { change: use.change } : 'mismatch';
  }

  /** Remembers the answer of a command that has just been decided, for those behind it and for later units. */
  remember(writes: UnitWrites, command: Command, change: NewChange): void {
    if (!hasKey(command)) return;
    const { tenant, idempotencyKey: key } = command;
    const use = { fingerprint: fingerprint(command), change };
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

  async #recall(em: EntityManager, keyed: readonly KeyedCommand[]): Promise<void> {
    const { rows: records } = await sql<IdempotencyRecord & { changeId: string }>`
      select r.tenant, r.scope, r.key, r.fingerprint, c.id as "changeId"
      from unnest(${keyed.map((command) => command.tenant)}::text[], ${keyed.map(scopeOf)}::text[],
                  ${keyed.map((command) => command.idempotencyKey)}::text[]) as asked (tenant, scope, key)
      join idempotency_record r using (tenant, scope, key)
      join file_change c using (file_id, version)`.execute(em.getKysely());
    if (records.length === 0) return;
    const changes = await em.find(FileChange, { id: records.map(({ changeId }) => Number(changeId)) });
    const byId = new Map(changes.map((change) => [change.id, change]));
    for (const { tenant, scope, key, fingerprint: made, changeId } of records) {
      const change = byId.get(Number(changeId));
      if (change !== undefined) this.#uses.set(nameOf(tenant, scope, key), { fingerprint: made, change });
    }
  }
}

/** The version with which a registration is answered: a file without bytes is uploaded by then (finish.ts). */
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
  // In one order everywhere, or two units could wait for each other.
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
