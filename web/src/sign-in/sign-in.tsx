// Asks who it is: before anything is shown, and again above what is shown when a token has ended.
import { useStore } from '@waybill/client/react';
import { type FormEvent, useId, useState } from 'react';
import { OIDC } from '../app/settings.ts';
import { TEXTS } from '../texts.ts';
import { attempt, withPasted } from './attempt.ts';
import { isEmbedded } from './embed.ts';
import { signInAtProvider } from './provider.ts';

export function SignIn() {
  const { problem } = useStore(attempt);
  return (
    <main className="sign-in">
      <div className="card">
        <h1>{TEXTS.product}</h1>
        {isEmbedded && <p role="status">{TEXTS.embeddedHint}</p>}
        <Ways />
        <p role="alert" className="problem">
          {problem}
        </p>
      </div>
    </main>
  );
}

/** What is shown stays; it goes on once somebody has signed in. */
export function SignInAgain() {
  const { problem } = useStore(attempt);
  return (
    <section className="sign-in-again" aria-label={TEXTS.signIn}>
      <p role="alert">{problem ?? TEXTS.signInEnded}</p>
      <Ways />
    </section>
  );
}

/** With a provider, pasting is for those who have an API key. */
function Ways() {
  if (OIDC === null) return <PasteForm />;
  return (
    <>
      <ProviderButton />
      <details>
        <summary>{TEXTS.otherWay}</summary>
        <PasteForm />
      </details>
    </>
  );
}

function ProviderButton() {
  const { isBusy } = useStore(attempt);
  return (
    <button type="button" className="button primary" disabled={isBusy} onClick={() => void signInAtProvider()}>
      {isBusy ? TEXTS.signingIn : TEXTS.signInAt(new URL(OIDC!.issuer).host)}
    </button>
  );
}

function PasteForm() {
  const { isBusy, problem } = useStore(attempt);
  const [token, setToken] = useState('');
  const [field, hint] = [useId(), useId()];
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void withPasted(token).then((grant) => grant !== null && setToken(''));
  };
  return (
    <form className="paste" onSubmit={submit}>
      <p id={hint}>{TEXTS.signInHint}</p>
      <label htmlFor={field}>{TEXTS.token}</label>
      <input
        id={field}
        type="password"
        autoComplete="off"
        autoFocus={OIDC === null && !isEmbedded}
        required
        aria-describedby={hint}
        aria-invalid={problem !== null}
        value={token}
        onChange={({ target }) => setToken(target.value)}
      />
      <button type="submit" className="button primary" disabled={isBusy || token.trim() === ''}>
        {isBusy ? TEXTS.signingIn : TEXTS.signIn}
      </button>
    </form>
  );
}
