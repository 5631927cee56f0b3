// Svelte: a store that `$files` reads, as in `const files = toReadable(waybill.live.files())`.
import type { Readable } from 'svelte/store';
import type { Store } from '@waybill/client';

export const toReadable = <Snapshot>({ subscribe, getSnapshot }: Store<Snapshot>): Readable<Snapshot> => ({
  subscribe(run) {
    run(getSnapshot());
    return subscribe(() => run(getSnapshot()));
  },
});
