// What results may depend on besides a document and its variables: callers with equal rights get equal answers to a
// change, and one answer can be made for all of them.
import type { Caller } from './context.ts';

/** Of a caller, what no result of a subscription depends on. */
type OwnPart = 'requestId' | 'connection' | 'lastEventId';

/** Equal for callers who may be given the same results. */
export function rightsOf({ principal: { tenant, roles }, baseUrl }: Caller): string {
  // Total: whatever a caller is given besides has to be judged here.
  const rights: Record<Exclude<keyof Caller, OwnPart>, unknown> = { principal: { tenant, roles }, baseUrl };
  return JSON.stringify(rights);
}

/** Stands for everybody with the rights of this caller: what is a caller's own is not there to be seen. */
export function anyoneLike(caller: Caller, requestId: string): Caller {
  const principal = { ...caller.principal, subject: 'system:feed' };
  return { ...caller, principal, requestId, connection: { subscriptions: 0 }, lastEventId: null };
}
