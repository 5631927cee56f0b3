// The statements of webhooks: who holds one, what a holder may write, and what its owner reads of it.
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sequenceBatch } from '../../src/feed/log/sequencer.ts';
import { createNewId } from '../../src/ids.ts';
import { DeliveryRows } from '../../src/webhooks/delivery-rows.ts';
import { type DeliveryRecording, type HeldWebhook, SenderRows } from '../../src/webhooks/sending/sender-rows.ts';
import { makeSecret } from '../../src/webhooks/signature.ts';
import { WebhookRows } from '../../src/webhooks/webhook-rows.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { fileIdOf, insertChange } from '../support/feed.ts';
import { openPool } from '../support/pool.ts';

const LEASE_MS = 600_000;
const TENANT = 'local';
const newId = createNewId();

let database: TestDatabase;
let pool: pg.Pool;
let rows: WebhookRows;
beforeEach(async () => {
  database = await createDatabase();
  pool = openPool(database.url, 8);
  rows = new WebhookRows(pool);
});
afterEach(async () => {
  await pool.end();
  await database.drop();
});

/** A replica that has a lease. */
async function startSender(leaseMs = LEASE_MS): Promise<SenderRows> {
  const sender = new SenderRows(pool, randomUUID());
  await sender.beat(leaseMs);
  return sender;
}

async function create(tenant = TENANT): Promise<string> {
  const [id, place] = [newId(), { position: 0, fingerprint: 0 }];
  const given = { id, tenant, place, url: 'https://example.com/', kinds: ['DELETED'], states: null, createdBy: 'ann' };
  await rows.insertAmong({ ...given, format: 'STANDARD', secret: makeSecret() }, 1_000);
  return id;
}

async function claimOne(sender: SenderRows): Promise<HeldWebhook> {
  const [webhook, ...others] = await sender.claim(10);
  expect(others).toEqual([]);
  return webhook!;
}

const delivery = (position: number, fields: Partial<DeliveryRecording> = {}): DeliveryRecording => ({
  position,
  fingerprint: position,
  fileId: fileIdOf(1),
  state: 'DELIVERED',
  attempts: 1,
  status: 204,
  error: null,
  waitMs: null,
  ...fields,
});

const recordingOf = (position: number, ...deliveries: DeliveryRecording[]): Parameters<SenderRows['record']>[1] => ({
  deliveries,
  place: { position, fingerprint: position },
  failingForMs: null,
});

const readAll = (): Promise<unknown[]> =>
  database.query('select w.*, (select json_agg(d) from webhook_delivery d) as deliveries from webhook w order by id');

describe('a webhook', () => {
  it('is taken by one, however many look at once, and only while it is ACTIVE', async () => {
    const ids = [];
    for (let at = 0; at < 30; at += 1) ids.push(await create());
    await rows.update(TENANT, ids[0]!, { state: 'PAUSED' });
    const senders = await Promise.all(Array.from({ length: 5 }, () => startSender()));
    const taken = await Promise.all(senders.map((sender) => sender.claim(4)));
    expect(taken.map(({ length }) => length)).toEqual([4, 4, 4, 4, 4]);
    const rest = await senders[0]!.claim(100);
    const all = [...taken.flat(), ...rest].map(({ id }) => id);
    expect(all.toSorted()).toEqual(ids.slice(1).toSorted());
    expect(await senders[1]!.claim(100)).toEqual([]);
    expect(await senders[0]!.beat(LEASE_MS)).toEqual({ active: 29, senders: 5 });
  });

  it('is taken over when the lease is over, or given back, and the first holder writes nothing more', async () => {
    const id = await create();
    const [first, second] = [await startSender(), await startSender()];
    const before = await claimOne(first);
    expect(await first.record(before, recordingOf(1, delivery(1)))).toBe(true);
    expect(await second.claim(10)).toEqual([]);
    await first.beat(-1);
    const after = await claimOne(second);
    expect(after).toMatchObject({ id, place: { position: 1, fingerprint: 1 }, epoch: before.epoch + 1 });
    expect(await first.findLost([before])).toEqual([id]);
    expect(await second.findLost([after])).toEqual([]);

    const state = await readAll();
    const late = recordingOf(9, delivery(1, { state: 'PENDING' }), delivery(9));
    expect(await first.record(before, late)).toBe(false);
    await first.disable(before, 'late');
    await first.release([before]);
    expect(await readAll()).toEqual(state);
    await second.release([after]);
    await first.beat(LEASE_MS);
    expect((await claimOne(first)).epoch).toBe(after.epoch + 1);
  });

  it('that is changed is not held any more, whatever was changed', async () => {
    const id = await create();
    const sender = await startSender();
    for (const change of [
      () => rows.update(TENANT, id, { url: 'https://example.com/other' }),
      () => rows.rotate(TENANT, id, makeSecret(), LEASE_MS),
      () => rows.replay(TENANT, id, { position: 0, fingerprint: 0 }),
    ]) {
      const webhook = await claimOne(sender);
      expect(await change()).toBe(true);
      expect(await sender.findLost([webhook])).toEqual([id]);
      expect(await sender.record(webhook, recordingOf(1))).toBe(false);
    }
    const last = await claimOne(sender);
    expect(await rows.delete(TENANT, id)).toBe(true);
    expect(await sender.record(last, recordingOf(1, delivery(1)))).toBe(false);
    expect(await readAll()).toEqual([]);
    expect(await database.query('select from webhook_delivery')).toEqual([]);
  });

  it('of another tenant is not changed, and not seen', async () => {
    const id = await create();
    const state = await readAll();
    const place = { position: 0, fingerprint: 0 };
    expect(await rows.update('blue', id, { state: 'PAUSED' })).toBe(false);
    expect(await rows.rotate('blue', id, makeSecret(), 1)).toBe(false);
    expect(await rows.replay('blue', id, place)).toBe(false);
    expect(await rows.delete('blue', id)).toBe(false);
    expect(await rows.findAll('blue', [id])).toEqual([]);
    expect(await readAll()).toEqual(state);
  });

  it('has two secrets for a while after a rotation, and never three', async () => {
    const id = await create();
    const sender = await startSender();
    const secretsAfter = async (secret: string, keepMs: number): Promise<readonly string[]> => {
      await rows.rotate(TENANT, id, secret, keepMs);
      return (await claimOne(sender)).secrets;
    };
    await secretsAfter('one', LEASE_MS);
    expect(await secretsAfter('two', LEASE_MS)).toEqual(['two', 'one']);
    expect(await secretsAfter('three', LEASE_MS)).toEqual(['three', 'two']);
    expect(await secretsAfter('four', -1)).toEqual(['four']);
  });
});

describe('deliveries', () => {
  let id: string;
  let sender: SenderRows;
  let webhook: HeldWebhook;
  beforeEach(async () => {
    id = await create();
    sender = await startSender();
    webhook = await claimOne(sender);
  });

  const positionsOf = async (page: { after?: number; before?: number; fromEnd?: boolean } = {}): Promise<number[]> => {
    const given = { after: null, before: null, limit: 3, fromEnd: false, ...page };
    return (await new DeliveryRows(pool).list(TENANT, id, given)).map(({ position }) => position);
  };

  it('are listed from the newest on, a page at a time, from either end', async () => {
    await sender.record(webhook, recordingOf(7, ...[1, 2, 3, 4, 5, 6, 7].map((position) => delivery(position))));
    expect(await positionsOf()).toEqual([7, 6, 5]);
    expect(await positionsOf({ after: 5 })).toEqual([4, 3, 2]);
    expect(await positionsOf({ fromEnd: true })).toEqual([1, 2, 3]);
    expect(await positionsOf({ fromEnd: true, before: 3 })).toEqual([4, 5, 6]);
    expect(await new DeliveryRows(pool).find('blue', id, { position: 1, fingerprint: 1 })).toBeNull();
  });

  it('that are not done stay with what was known of them: a later attempt changes the row', async () => {
    const failing = { state: 'PENDING', status: 500, error: 'status 500', waitMs: 60_000 } as const;
    await sender.record(webhook, recordingOf(3, delivery(1, failing), delivery(3)));
    const [{ created_at: created } = {}] = await database.query(
      'select created_at from webhook_delivery where position = 1',
    );
    await sender.record(webhook, recordingOf(3, delivery(1, { ...failing, attempts: 2 }), delivery(5)));
    const known = await sender.load({ ...webhook, place: { position: 3, fingerprint: 3 } });
    // What has arrived before the place needs no second look; behind it, it must not be sent again.
    expect(known.map(({ position, state, attempts }) => [position, state, attempts])).toEqual([
      [1, 'PENDING', 2],
      [5, 'DELIVERED', 1],
    ]);
    expect(known[0]!.waitMs).toBeGreaterThan(0);
    expect(known[0]!.waitMs).toBeLessThanOrEqual(60_000);
    expect(await database.query('select created_at from webhook_delivery where position = 1')).toEqual([
      { created_at: created },
    ]);
  });

  it('that are done are kept for the newest, those given up while the log has their change', async () => {
    const given = [1, 2, 3, 4, 5, 6].map((position) =>
      delivery(position, position % 2 === 0 ? { state: 'GIVEN_UP', error: 'status 500' } : {}),
    );
    await sender.record(webhook, recordingOf(6, ...given));
    await database.query('update feed_head set trimmed = 2');
    await sender.prune(id, 2);
    expect(await positionsOf({ fromEnd: true })).toEqual([3, 4, 5]);
    await sender.prune(id, 1);
    expect(await positionsOf({ fromEnd: true })).toEqual([4, 5, 6]);
  });

  it('that have not arrived hold the place that their owner sees, as long as the log has it', async () => {
    await insertChange(pool, 1, 0, 4);
    await sequenceBatch(pool);
    const placeOf = async (): Promise<number> => (await rows.findAll(TENANT, [id]))[0]!.place.position;
    await sender.record(webhook, recordingOf(5, delivery(3, { state: 'PENDING', waitMs: 0 }), delivery(4)));
    expect(await placeOf()).toBe(2);
    const listed = await rows.list(TENANT, { after: null, before: null, limit: 10, fromEnd: false });
    expect(listed[0]!.place.position).toBe(2);
    await sender.record(webhook, recordingOf(5, delivery(3, { state: 'GIVEN_UP' })));
    expect(await placeOf()).toBe(2);
    await sender.record(webhook, recordingOf(5, delivery(3)));
    expect(await placeOf()).toBe(5);
    await sender.record(webhook, recordingOf(5, delivery(3, { state: 'GIVEN_UP' })));
    await database.query('delete from feed_position where position < 4');
    expect(await placeOf()).toBe(5);
  });
});
