// What is done to the cluster under load. Each goes on until its signal is aborted, and leaves the cluster working.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from './cluster.ts';
import type { Random } from '../support/random.ts';

export type Disturbance = (cluster: Cluster) => (random: Random, signal: AbortSignal) => Promise<void>;

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => undefined);

/** Kills a random replica every second or so (`kill -9`), and starts it again at once. */
export const killReplicas: Disturbance = (cluster) => async (random, signal) => {
  while (!signal.aborted) {
    await pause(500 + random.below(1_000), signal);
    if (signal.aborted) return;
    const victim = random.below(cluster.replicas.length);
    await cluster.killReplica(victim);
    await cluster.startReplica(victim);
  }
};

/** Stops PostgreSQL in immediate mode and starts it again, so many times. */
export const restartPostgres =
  (times: number, everyMs: number): Disturbance =>
  (cluster) =>
  async (_random, signal) => {
    for (let time = 0; time < times && !signal.aborted; time += 1) {
      await pause(everyMs, signal);
      await cluster.restartPostgres();
    }
  };

const LOOK_MS = 20;

/**
 * Terminates every backend of the service, so many times, while transactions are open: at most so often, and not before
 * something was committed since the last time, which a slow machine may have no time for.
 */
export const terminateBackends =
  (times: number, everyMs: number): Disturbance =>
  (cluster) =>
  async (_random, signal) => {
    const newest = async (): Promise<number> =>
      (await cluster.query<{ id: number }>('select coalesce(max(id), 0)::int as id from file_change'))[0]!.id;
    for (let time = 0; time < times && !signal.aborted; time += 1) {
      const before = await newest();
      await pause(everyMs, signal);
      while (!signal.aborted && (await newest()) === before) await pause(LOOK_MS, signal);
      await cluster.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where application_name like 'waybill-%' and pid <> pg_backend_pid()`,
      );
    }
  };

/** Terminates the LISTEN connections again and again, so that only polling is left. */
export const killListenConnections: Disturbance = (cluster) => async (random, signal) => {
  while (!signal.aborted) {
    await pause(100 + random.below(300), signal);
    await cluster.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'waybill-listen'`,
    );
  }
};

/** Keeps transactions that have written open for as long as the load lasts, here and in another database. */
export const holdTransactionsOpen: Disturbance = (cluster) => async (_random, signal) => {
  await cluster.query('create database elsewhere');
  const open = await Promise.all([cluster.connect(), cluster.connect('elsewhere')]);
  for (const client of open) {
    await client.query('begin');
    await client.query('create table held_open (id int)');
    await client.query('insert into held_open values (1)');
  }
  await pause(2 ** 30, signal);
  for (const client of open) {
    await client.query('rollback');
    await client.end();
  }
};

/** Stops a replica (SIGSTOP) while it holds the sequencer's lock, for longer than a takeover may take. */
export const stopTheSequencer: Disturbance = (cluster) => async (random, signal) => {
  const holder = `select count(*)::int as count from pg_locks l join pg_stat_activity a using (pid)
    where l.locktype = 'advisory' and l.granted and a.application_name = 'waybill-feed' and a.state = 'idle in transaction'`;
  while (!signal.aborted) {
    const child = random.pick(cluster.replicas)?.child;
    child?.kill('SIGSTOP');
    await sleep(30);
    // Stopped halfway, unless the holder that is idle in transaction is another replica, which soon goes on.
    const caught = (await cluster.query<{ count: number }>(holder))[0]?.count === 1;
    await sleep(30);
    const still = caught && (await cluster.query<{ count: number }>(holder))[0]?.count === 1;
    if (still) await pause(6_000, signal);
    child?.kill('SIGCONT');
    await pause(random.below(100), signal);
  }
};

/** Kills the NATS server again and again, and starts it again after a while. */
const killNats: Disturbance =
  ({ nats }) =>
  async (random, signal) => {
    while (!signal.aborted) {
      await pause(300 + random.below(1_500), signal);
      await nats?.kill();
      await pause(random.below(1_500), signal);
      await nats?.restart();
    }
  };

/** The same disturbance, while NATS comes and goes. */
export const whileNatsIsKilled =
  (other: Disturbance): Disturbance =>
  (cluster) => {
    const both = [other(cluster), killNats(cluster)];
    return async (random, signal) => {
      await Promise.all(both.map((each) => each(random, signal)));
    };
  };

/** Does nothing. */
export const doNothing: Disturbance = () => async (_random, signal) => {
  await pause(2 ** 30, signal);
};
