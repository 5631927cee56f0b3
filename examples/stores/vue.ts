// Vue: a ref that follows a store for as long as its component.
import { type ShallowRef, onScopeDispose, shallowRef } from 'vue';
import type { Store } from '@waybill/client';

export function useStore<Snapshot>(store: Store<Snapshot>): Readonly<ShallowRef<Snapshot>> {
  const snapshot = shallowRef(store.getSnapshot());
  onScopeDispose(store.subscribe(() => (snapshot.value = store.getSnapshot())));
  return snapshot;
}
