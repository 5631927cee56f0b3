// The uploads of one replica, put together.
import type { Pool } from 'pg';
import { DiscardedSegments } from './discarded-segments.ts';
import { DigestThreads } from './digest/digest-threads.ts';
import { KeptDigests } from './digest/kept-digests.ts';
import { StoredDigests } from './digest/stored-digests.ts';
import { Leases } from './leases.ts';
import { MetadataHeaders } from './metadata-headers.ts';
import { SegmentRows } from './segment-rows.ts';
import { type TusHandler, type TusOptions, createTusHandler } from './tus/tus.ts';

export interface UploadsOptions extends Omit<
  TusOptions,
  'leases' | 'metadataHeaders' | 'rows' | 'digests' | 'threads' | 'checkpointMs'
> {
  readonly pool: Pool;
}

export interface Uploads {
  readonly handle: TusHandler;
  /** Discarded segments that the store did not remove when it was last asked. */
  refusedRemovals(): number;
  /** Ends running requests with the bytes that have arrived, so that their clients continue at another replica. */
  drain(): void;
  /** Call once no request is under way. */
  stop(): Promise<void>;
}

// Often enough for a progress bar that moves, seldom enough for a disk that syncs.
const CHECKPOINT_MS = 500;

export function createUploads({ pool, ...options }: UploadsOptions): Uploads {
  const { store, log, newId, timers } = options;
  const rows = new SegmentRows(pool, newId);
  const leases = new Leases(pool, log, newId);
  const metadataHeaders = new MetadataHeaders(pool);
  const discarded = new DiscardedSegments(rows, store, log, options.now);
  const removal = discarded.watch();
  const threads = new DigestThreads(log);
  const digests = new KeptDigests({ ...options, rows, stored: new StoredDigests(pool), threads });
  // Bytes are acknowledged well before their file counts as stalled.
  const checkpointMs = Math.min(CHECKPOINT_MS, timers.uploadStall / 4);
  return {
    handle: createTusHandler({ ...options, rows, leases, metadataHeaders, digests, threads, checkpointMs }),
    refusedRemovals: () => discarded.refused,
    drain: () => leases.releaseAll(),
    stop: async () => {
      await Promise.all([leases.stop(), removal.stop(), digests.stop()]);
      await threads.stop();
    },
  };
}
