// Every bench, in the order in which they run and are reported.
import type { Bench } from './bench.ts';
import { liveList } from './client/bench.ts';
import { latency } from './feed/latency.ts';
import { listeners } from './feed/listeners.ts';
import { memory } from './feed/memory.ts';
import { resuming } from './feed/resuming.ts';
import { http } from './http/bench.ts';
import { reads } from './reads/bench.ts';
import { page } from './page/bench.ts';
import { search } from './search/bench.ts';
import { notify } from './notify/bench.ts';
import { processing } from './processing/bench.ts';
import { signIn } from './http/sign-in.ts';
import { transitions } from './transitions/bench.ts';
import { bulk } from './transitions/bulk.ts';
import { fresh } from './transitions/fresh.ts';
import { logSize } from './transitions/log-size.ts';
import { transitionsPeer } from './transitions/peer.ts';
import { sequencing } from './transitions/sequencing.ts';
import { wal } from './transitions/wal.ts';
import { watched } from './transitions/watched.ts';
import { upload } from './upload/bench.ts';
import { webhooks } from './webhooks/bench.ts';

export const BENCHES: readonly Bench[] = [
  transitions,
  transitionsPeer,
  fresh,
  bulk,
  listeners,
  latency,
  memory,
  resuming,
  logSize,
  sequencing,
  wal,
  watched,
  notify,
  reads,
  upload,
  search,
  processing,
  webhooks,
  http,
  signIn,
  liveList,
  page,
];
