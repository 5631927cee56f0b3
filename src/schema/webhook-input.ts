// What the mutations of webhooks check and refuse.
import type { ChangeKind } from '../feed/change.ts';
import { CursorError } from '../feed/cursor.ts';
import { decodeId } from '../ids.ts';
import { findIssues } from '../lifecycle/input.ts';
import type { Refusal } from './request-error.ts';

/** Descriptions. */
export const KINDS = 'Changes of these kinds. PROGRESSED is not in the change log, and is not sent.';
export const STATES = 'Changes after which the file is in one of these states.';

export const TOO_MANY_WEBHOOKS: Refusal = {
  outcome: 'refused',
  code: 'QUOTA_EXCEEDED',
  message: 'The tenant has as many webhooks as it may have: delete some first.',
  field: null,
};

export const NO_WEBHOOK: Refusal = findIssues(['id', 'There is no such webhook.'])!;

/** The UUID in a global id; null for any other text. */
export function toWebhookId(globalId: string): string | null {
  const { typename, id } = decodeId(globalId);
  return typename === 'Webhook' ? id : null;
}

export function kindsFault(kinds: readonly ChangeKind[]): string | null {
  if (kinds.length === 0) return 'kinds must name at least one kind.';
  return kinds.includes('PROGRESSED') ? 'kinds must not name PROGRESSED, which is not in the change log.' : null;
}

export const statesFault = (states: readonly unknown[] | null): string | null =>
  states?.length === 0 ? 'states must name at least one state.' : null;

/** A cursor that cannot be used is an input that breaks a rule. */
export async function refuseCursor<Result>(work: () => Promise<Result>): Promise<Result | Refusal> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CursorError) return findIssues(['after', `${error.code}: ${error.message}`])!;
    throw error;
  }
}
