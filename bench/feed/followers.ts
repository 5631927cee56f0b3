// Waits for the program's metric to count the subscribers: the subscribe message of graphql-transport-ws has no answer.
import { setTimeout as delay } from 'node:timers/promises';
import type { Waybill } from '../host/waybill.ts';

const PATIENCE_MS = 30_000;
const LOOK_AGAIN_MS = 20;

export async function awaitFollowers(waybill: Waybill, count: number): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const followers = await waybill.readMetric('feed_followers');
    if (followers === count) return;
    if (performance.now() > deadline) throw new Error(`${followers} followers instead of ${count}`);
    await delay(LOOK_AGAIN_MS);
  }
}
