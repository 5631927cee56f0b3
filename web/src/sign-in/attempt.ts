// Signing in, whichever way: one attempt at a time, and what became of it.
import { WaybillError } from '@waybill/client';
import { Observable } from '../app/observable.ts';
import { type Viewer, enter, readViewer } from '../app/session.ts';
import { TEXTS } from '../texts.ts';
import type { Grant, Source } from './credentials.ts';

interface Attempt {
  readonly isBusy: boolean;
  /** Why the last one has failed, in words. */
  readonly problem: string | null;
}

export const attempt = new Observable<Attempt>({ isBusy: false, problem: null });

/**
 * @param find null: it goes on elsewhere
 * @returns null when nobody is signed in by it
 */
export async function tryToSignIn(find: () => Promise<Source | null>): Promise<Grant | null> {
  attempt.set({ isBusy: true, problem: null });
  try {
    const source = await find();
    if (source === null) return null;
    const { token, lifetimeMs } = source.grant;
    const viewer = await readViewer(token);
    const grant = { token, lifetimeMs: lifetimeMs ?? lifetimeOf(viewer) };
    enter({ ...source, grant }, viewer);
    attempt.set({ isBusy: false, problem: null });
    return grant;
  } catch (error) {
    attempt.set({ isBusy: false, problem: explain(error) });
    return null;
  }
}

const lifetimeOf = ({ expiresAt }: Viewer): number | null =>
  expiresAt === null ? null : Date.parse(expiresAt) - Date.now();

/** As it is copied from a header. */
export const clean = (text: string): string => text.trim().replace(/^Bearer\s+/i, '');

/** @param text a token, or an API key */
export const withPasted = (text: string): Promise<Grant | null> =>
  tryToSignIn(() => Promise.resolve({ grant: { token: clean(text), lifetimeMs: null }, renew: null }));

function explain(error: unknown): string {
  if (!(error instanceof WaybillError)) return error instanceof Error ? error.message : String(error);
  if (error.code === 'UNAUTHENTICATED') return TEXTS.signInRefused;
  return error.code === 'NETWORK' ? TEXTS.notReached : error.message;
}
