// Who may share one execution of a subscription. Besides its document and variables, a result may depend on nothing of the
// caller but what is in the key here.
import type { Caller } from '../schema/context.ts';

/** The part of a caller that no result of a subscription depends on. */
type Individual = 'requestId' | 'connection' | 'lastEventId' | 'right' | 'urls' | 'signal';

/** Equal for callers who may be sent the same results. */
export function audienceKey({ principal: { tenant, roles }, baseUrl }: Caller): string {
  // The type is total: a new field of Caller does not compile until it is added here or to Individual.
  const shared: Record<Exclude<keyof Caller, Individual>, unknown> = { principal: { tenant, roles }, baseUrl };
  return JSON.stringify(shared);
}

const never = new AbortController().signal;

/** Stands for everyone with the same key: what identifies a single caller is replaced, so no result can contain it. */
export function audienceCaller(caller: Caller, requestId: string): Caller {
  const principal = { ...caller.principal, subject: 'system:feed' };
  const individual = {
    requestId,
    connection: { subscriptions: 0 },
    lastEventId: null,
    right: null,
    urls: null,
    signal: () => never,
  };
  return { ...caller, principal, ...individual };
}
