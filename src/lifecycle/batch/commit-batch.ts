// One batch in one transaction: lock -> recall keys -> decide each command, in arrival order -> write -> commit.
import { DatabaseError } from 'pg';
import type { MikroORM } from '../../db/orm.ts';
import { asTenants } from '../../db/scope.ts';
import { CommitOutcomeUnknown, type Transaction, type TransactionLimits, transact } from '../../db/transact.ts';
import type { QueuePlace } from '../../entities/processing.ts';
import type { Timers } from '../../fsm/deadlines.ts';
import type { LifecycleEngine } from '../../fsm/types.ts';
import type { Answer, Command } from '../commands.ts';
import { decide } from '../decide/decide.ts';
import type { Failpoints } from '../failpoints.ts';
import type { ProcessingPolicy } from '../processing-policy.ts';
import { BatchFailed } from './batch-failed.ts';
import type { Batch } from './batch.ts';
import { IdempotencyKeys } from './idempotency-keys.ts';
import { QuotaCheck } from './quota-check.ts';
import type { Quotas } from '../usage.ts';
import { lockClaimable } from './claimable.ts';
import { resolveInDoubtCommit } from './in-doubt-commit.ts';
import { type LockWait, lockFiles } from './locks.ts';
import type { OnAnswer } from './running-batches.ts';
import { SegmentWrites } from './segment-writes.ts';
import type { TakeTurn, Turn } from './turn.ts';
import { BatchWrites } from './writes.ts';

export interface BatchContext {
  readonly orm: MikroORM;
  readonly engine: LifecycleEngine;
  readonly limits: TransactionLimits;
  readonly failpoints: Failpoints;
  readonly timers: Timers;
  readonly policy: ProcessingPolicy;
  /** null: tenants may have as much as they like. */
  readonly quotas: Quotas | null;
  readonly newId: () => string;
  readonly onAnswer: OnAnswer;
  readonly takeTurn: TakeTurn;
}

export interface BatchResult {
  /** One for each command whose row could be locked. */
  readonly answers: ReadonlyMap<Command, Answer>;
  /** Ids of files that another transaction has locked: their commands have no answer yet. */
  readonly contended: ReadonlySet<string>;
  /** Whether the change log has grown by changes of which the feed has not been told. */
  readonly isLeftToFeed: boolean;
  /** Where a file has entered PROCESSING or was given back, so that a worker who waits there may find it; each once. */
  readonly queued: readonly QueuePlace[];
  readonly serverTransitions: Batch['serverTransitions'];
}

interface Planned extends Pick<BatchWrites, 'changes'> {
  readonly result: Omit<BatchResult, 'isLeftToFeed'>;
  /** Sends all that the batch writes. */
  readonly send: () => void;
}

/**
 * @throws the database's error when nothing was committed, so that the commands may be run again
 * @throws BatchFailed when something was committed, or when that cannot be found out
 */
export async function commitBatch(
  context: BatchContext,
  commands: readonly Command[],
  wait: LockWait,
): Promise<BatchResult> {
  return await asTenants(commands.flatMap(tenantsOf), () => commitAs(context, commands, wait));
}

/** A claim may be for files of several tenants, and is then nobody's itself. */
const tenantsOf = (command: Command): string[] =>
  command.kind === 'claim' ? command.shares.map(({ tenant }) => tenant) : [command.tenant];

async function commitAs(context: BatchContext, commands: readonly Command[], wait: LockWait): Promise<BatchResult> {
  const { orm, limits, failpoints, onAnswer } = context;
  await failpoints('before_lock');
  let planned: Planned | undefined;
  let turn: Turn | null = null;
  let isCommitted = false;
  try {
    await transact(orm, limits, async (transaction) => {
      planned = await plan(context, transaction, commands, wait);
      await failpoints('after_decide');
      planned.send();
      await failpoints('before_commit');
      // One that waits for rows may keep its connection for long.
      if (wait === 'skip') turn = context.takeTurn(transaction, planned.changes);
    });
    isCommitted = true;
  } catch (error) {
    if (error instanceof DatabaseError) onAnswer();
    if (!(error instanceof CommitOutcomeUnknown) || planned === undefined) throw error;
    isCommitted = await resolveInDoubtCommit(orm, error, planned.changes);
    if (!isCommitted) throw error.cause;
  } finally {
    (turn as Turn | null)?.end(isCommitted);
  }
  await reachAfterCommit(failpoints);
  if (planned === undefined) throw new TypeError('a batch was committed without a plan');
  const { result, changes } = planned;
  return { ...result, isLeftToFeed: changes.length > 0 && turn === null };
}

/** Locks and decides. */
async function plan(
  context: BatchContext,
  transaction: Transaction,
  commands: readonly Command[],
  wait: LockWait,
): Promise<Planned> {
  const { quotas, onAnswer } = context;
  const { files, contended: held } = await lockFiles(transaction, commands, wait);
  onAnswer();
  const free = commands.filter(({ fileId }) => !held.has(fileId));
  const { check, contended: full } = await QuotaCheck.open(transaction, quotas, free, wait);
  const contended = full.size === 0 ? held : new Set([...held, ...full]);
  const due = full.size === 0 ? free : free.filter(({ fileId }) => !full.has(fileId));
  const claimable = await lockClaimable(transaction, due, files);
  const batch = await openBatch(context, transaction, { files, claimable, quotas: check }, due);
  onAnswer();
  const answers = new Map(due.map((command) => [command, decide(batch, command)]));
  const { writes, bytes, keys, serverTransitions } = batch;
  const send = (): void => {
    writes.send(transaction);
    bytes.send(transaction);
    keys.send(transaction);
  };
  return { result: { answers, contended, queued: queuedIn(batch), serverTransitions }, changes: writes.changes, send };
}

async function openBatch(
  { engine, timers, policy, newId }: BatchContext,
  transaction: Transaction,
  { files, claimable, quotas }: Pick<Batch, 'files' | 'claimable' | 'quotas'>,
  commands: readonly Command[],
): Promise<Batch> {
  const now = await transaction.now();
  const keys = await IdempotencyKeys.open(transaction, commands, now);
  const bytes = await SegmentWrites.open(transaction, commands);
  const writes = new BatchWrites(files.values());
  return { now, engine, files, claimable, keys, bytes, writes, timers, policy, quotas, newId, serverTransitions: [] };
}

/** Where a worker that waits may find something after this batch. */
function queuedIn({ files, writes, now }: Batch): readonly QueuePlace[] {
  const places = new Map<string, QueuePlace>();
  for (const { queue, tenant, claimableAt } of [...files.values(), ...writes.created]) {
    if (queue == null || claimableAt == null || claimableAt > now) continue;
    places.set(`${queue} ${tenant}`, { queue, tenant });
  }
  return [...places.values()];
}

/** An error after the commit must not make anything run the batch again. */
async function reachAfterCommit(failpoints: Failpoints): Promise<void> {
  try {
    await failpoints('after_commit');
  } catch (error) {
    throw new BatchFailed(error);
  }
}
