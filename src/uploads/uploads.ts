// The uploads of one replica, put together: leases, digests, store, endpoint, and the sweep.
import type { Pool } from 'pg';
import type { Timers } from '../fsm/deadlines.ts';
import type { RegisterCommand } from '../lifecycle/commands.ts';
import type { FileReader } from '../lifecycle/file-reader.ts';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import type { Logger } from '../log.ts';
import type { ByteStore } from './byte-store.ts';
import { DigestStates } from './digest-states.ts';
import { Digests } from './digests.ts';
import { LeaseLocker } from './lease-locker.ts';
import { Leases } from './leases.ts';
import { SegmentRows } from './segment-rows.ts';
import { sweepDiscarded } from './sweep.ts';
import { type TusEndpoint, createTusEndpoint } from './tus-endpoint.ts';
import { TusStore } from './tus-store.ts';
import type { Creation } from './upload-metadata.ts';

export interface UploadsOptions {
  readonly pool: Pool;
  readonly store: ByteStore;
  readonly lifecycle: Lifecycle;
  readonly reader: FileReader;
  readonly timers: Timers;
  readonly maxBytes: number;
  readonly newId: () => string;
  /** Milliseconds on a clock that only goes forward. */
  readonly now: () => number;
  readonly isAllowedOrigin: (origin: string) => boolean;
  /** @throws UploadError for what is no valid registration */
  readonly toRegistration: (creation: Creation, fileId: string) => RegisterCommand;
  readonly log: Logger;
  readonly onMasked: () => void;
}

export interface Uploads {
  readonly handle: TusEndpoint;
  /** Makes running requests end with what has come so far, so that their clients go on elsewhere. */
  drain(): void;
  /** Call once no request is under way. */
  stop(): Promise<void>;
}

// Often enough for a bar that moves, seldom enough for a disk that syncs.
const CHECKPOINT_MS = 500;

export function createUploads(options: UploadsOptions): Uploads {
  const { pool, store, log, newId, timers } = options;
  const rows = new SegmentRows(pool, newId);
  const leases = new Leases(pool, log);
  const locker = new LeaseLocker(leases);
  const sweep = sweepDiscarded(rows, store, log);
  const digests = new Digests({ ...options, rows, states: new DigestStates(pool) });
  // Bytes that come must be told of well before their file counts as stalled.
  const checkpointMs = Math.min(CHECKPOINT_MS, timers.uploadStall / 4);
  const tusStore = new TusStore({ ...options, rows, digests, locker, checkpointMs });
  return {
    handle: createTusEndpoint({ ...options, store: tusStore, locker }),
    drain: () => leases.releaseAll(),
    stop: async () => {
      await Promise.all([leases.stop(), sweep.stop(), digests.stop()]);
    },
  };
}
