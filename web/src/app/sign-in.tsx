// Asks for a token or an API key.
import { WaybillError } from '@waybill/client';
import { type FormEvent, useId, useState } from 'react';
import { TEXTS } from '../texts.ts';
import { signIn } from './session.ts';

export function SignIn() {
  const [token, setToken] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [field, hint] = [useId(), useId()];
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    signIn(token).catch((error: unknown) => {
      setBusy(false);
      setProblem(explain(error));
    });
  };
  return (
    <main className="sign-in">
      <form className="card" onSubmit={submit}>
        <h1>{TEXTS.product}</h1>
        <p id={hint}>{TEXTS.signInHint}</p>
        <label htmlFor={field}>{TEXTS.token}</label>
        <input
          id={field}
          type="password"
          autoComplete="off"
          autoFocus
          required
          aria-describedby={hint}
          aria-invalid={problem !== null}
          value={token}
          onChange={({ target }) => setToken(target.value)}
        />
        <p role="alert" className="problem">
          {problem}
        </p>
        <button type="submit" className="button primary" disabled={isBusy || token.trim() === ''}>
          {isBusy ? TEXTS.signingIn : TEXTS.signIn}
        </button>
      </form>
    </main>
  );
}

function explain(error: unknown): string {
  if (!(error instanceof WaybillError)) return String(error);
  if (error.code === 'UNAUTHENTICATED') return TEXTS.signInRefused;
  return error.code === 'NETWORK' ? TEXTS.notReached : error.message;
}
