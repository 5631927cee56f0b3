// Signing in at an OpenID provider. What it takes is loaded when it is needed (oidc.ts).
import { OIDC } from '../app/settings.ts';
import { attempt, tryToSignIn } from './attempt.ts';

/** Leaves the page for the provider, which leads back to it. */
export async function signInAtProvider(): Promise<void> {
  // Whoever comes back without having signed in, by the browser's button.
  addEventListener('pageshow', ({ persisted }) => persisted && attempt.set({ isBusy: false, problem: null }));
  await tryToSignIn(async () => {
    const { leaveForProvider } = await import('./oidc.ts');
    await leaveForProvider(OIDC!);
    return null;
  });
}

/** When this page was opened by the provider. */
export async function finishAtProvider(): Promise<void> {
  const answer = new URLSearchParams(location.search);
  if (OIDC === null || !answer.has('state')) return;
  await tryToSignIn(async () => {
    const { takeAnswer } = await import('./oidc.ts');
    return await takeAnswer(OIDC!, new URL(location.href));
  });
}
