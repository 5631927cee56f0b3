// The token that requests are made with: renewed before it ends where that is possible, and otherwise waited for, so that what
// is shown stays and goes on once somebody has signed in again. It is in memory only.
import { Observable } from '../app/observable.ts';

export interface Grant {
  readonly token: string;
  /** How long from now on it is valid; null: it is not known, or for ever. */
  readonly lifetimeMs: number | null;
}

/** How somebody has signed in. */
export interface Source {
  readonly grant: Grant;
  /**
   * Null: only a person can bring another one.
   * @throws SignInNeeded, or anything else when it may be tried again
   */
  readonly renew: (() => Promise<Grant>) | null;
  /** Told that the person has signed out. */
  readonly end?: () => void;
}

/** There will be no other token until somebody signs in. */
export class SignInNeeded extends Error {
  override readonly name = 'SignInNeeded';
}

/** It is renewed so long before its end, and after two thirds of a shorter life: before the client asks for it. */
const EARLY_MS = 90_000;
/** After a renewal that has failed while the token is still valid. */
const PAUSE_MS = 10_000;
/** A token that is refused although it is as new as that is not replaced by another of the same kind. */
const NEW_MS = 10_000;

export class Credentials {
  /** Whether somebody has to sign in again. */
  readonly isEnded = new Observable(false);
  #source: Source;
  #token = '';
  #since = 0;
  #dueAt = Infinity;
  #endsAt = Infinity;
  #renewing: Promise<void> | null = null;
  #replaced = Promise.withResolvers<void>();

  constructor(source: Source) {
    this.#source = source;
    this.#take(source.grant);
  }

  /** While somebody has to sign in, it waits for that. @throws when it cannot be renewed now */
  readonly token = async (): Promise<string> => {
    for (;;) {
      if (this.isEnded.getSnapshot()) await this.#replaced.promise;
      else if (this.#source.renew === null || Date.now() < this.#dueAt) return this.#token;
      else await this.#renewSoon();
    }
  };

  /** The server does not accept it, or no longer. */
  refuse(token: string): void {
    if (token !== this.#token || this.isEnded.getSnapshot()) return;
    if (this.#source.renew === null || Date.now() - this.#since < NEW_MS) return this.#ask();
    this.#dueAt = this.#endsAt = 0;
  }

  /** Somebody has signed in again. */
  replace(source: Source): void {
    this.#source = source;
    this.#take(source.grant);
    if (!this.isEnded.getSnapshot()) return;
    this.isEnded.set(false);
    this.#replaced.resolve();
    this.#replaced = Promise.withResolvers();
  }

  /** What waits for a token fails. */
  close(): void {
    this.isEnded.set(false);
    this.#replaced.promise.catch(() => undefined);
    this.#replaced.reject(new SignInNeeded('signed out'));
  }

  /** Tells whoever gave the token that the person has signed out. */
  end(): void {
    this.#source.end?.();
  }

  #take({ token, lifetimeMs }: Grant): void {
    const now = Date.now();
    this.#token = token;
    this.#since = now;
    this.#endsAt = lifetimeMs === null ? Infinity : now + lifetimeMs;
    this.#dueAt = lifetimeMs === null ? Infinity : this.#endsAt - Math.min(EARLY_MS, lifetimeMs / 3);
  }

  #ask(): void {
    this.isEnded.set(true);
  }

  /** One renewal for all who ask meanwhile. */
  #renewSoon(): Promise<void> {
    this.#renewing ??= this.#renew().finally(() => (this.#renewing = null));
    return this.#renewing;
  }

  async #renew(): Promise<void> {
    const source = this.#source;
    try {
      const grant = await source.renew!();
      if (this.#source === source) this.#take(grant);
    } catch (error) {
      if (this.#source !== source) return;
      const now = Date.now();
      if (now < this.#endsAt) this.#dueAt = Math.min(now + PAUSE_MS, this.#endsAt);
      else if (error instanceof SignInNeeded) this.#ask();
      else throw error;
    }
  }
}
