// How long tus requests wait for the lease of an upload. Of two PATCH requests one goes on and the other is refused after a
// moment. A HEAD comes from a client that lost its connection and wants to continue, so it makes the running writer stop:
// that may be a half-open connection.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lease, Leases } from '../leases.ts';
import { locked } from '../upload-error.ts';

const PATIENCE_MS = 2_000;
const PAUSE_MS = 50;

export interface WantedLease {
  readonly fileId: string;
  /** Whether the writer begins with the first byte. */
  readonly isFirst: boolean;
  /** Called when the writer should end, possibly more than once. */
  readonly requestRelease: () => void;
}

/** @throws UploadError 423, 404 */
export async function waitForLease(leases: Leases, { fileId, isFirst, requestRelease }: WantedLease): Promise<Lease> {
  return await untilFound(() =>
    isFirst ? leases.acquireFirst(fileId, requestRelease) : leases.acquire(fileId, requestRelease),
  );
}

/**
 * Asks the running writer, here or on another replica, to stop, and waits until it has.
 * @throws UploadError 423
 */
export async function waitForRelease(leases: Leases, fileId: string): Promise<void> {
  await untilFound(async () => ((await leases.askForRelease(fileId)) ? null : true));
}

async function untilFound<Found>(look: () => Promise<Found | null>): Promise<Found> {
  for (let waited = 0; waited <= PATIENCE_MS; waited += PAUSE_MS) {
    const found = await look();
    if (found !== null) return found;
    await sleep(PAUSE_MS);
  }
  throw locked();
}
