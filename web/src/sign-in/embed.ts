// A token from the application that shows this page in a frame: docs/auth.md has the messages. Only windows of allowed origins
// are listened to, and only the one that embeds this page.
import { leave } from '../app/session.ts';
import { EMBED_ORIGINS, NEEDS_SIGN_IN } from '../app/settings.ts';
import { clean, tryToSignIn } from './attempt.ts';
import { type Grant, SignInNeeded } from './credentials.ts';

/** Whether an application may hand over tokens. */
export const isEmbedded: boolean = NEEDS_SIGN_IN && EMBED_ORIGINS.length > 0 && parent !== window;

type Reason = 'start' | 'expiring';

/** How long the application may take before the old token is used on. */
const PATIENCE_MS = 5_000;

const waiting = new Set<(grant: Grant) => void>();

/** Nothing secret is in it, so it may go to whoever embeds us: the policy of the page names who can. */
const askFor = (reason: Reason): void => parent.postMessage({ type: 'waybill:token-wanted', reason }, '*');

export function startEmbedded(): void {
  if (!isEmbedded) return;
  addEventListener('message', ({ source, origin, data }: MessageEvent<unknown>) => {
    if (source !== parent || !EMBED_ORIGINS.includes(origin)) return;
    const { type, token } = (data ?? {}) as { readonly type?: unknown; readonly token?: unknown };
    if (type === 'waybill:token' && typeof token === 'string') void take(clean(token), origin);
    if (type === 'waybill:sign-out') leave();
  });
  askFor('start');
}

async function take(token: string, origin: string): Promise<void> {
  const grant = await tryToSignIn(() => Promise.resolve({ grant: { token, lifetimeMs: null }, renew }));
  parent.postMessage({ type: grant === null ? 'waybill:refused' : 'waybill:signed-in' }, origin);
  if (grant !== null) for (const done of waiting) done(grant);
}

function renew(): Promise<Grant> {
  return new Promise((resolve, reject) => {
    const done = (grant: Grant): void => {
      clearTimeout(timer);
      waiting.delete(done);
      resolve(grant);
    };
    const timer = setTimeout(() => {
      waiting.delete(done);
      reject(new SignInNeeded('The application has given no token.'));
    }, PATIENCE_MS);
    waiting.add(done);
    askFor('expiring');
  });
}
