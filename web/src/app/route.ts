// What is shown, in the fragment of the address: it can be linked, and the browser's own back and forward work.
import { useStore } from '@waybill/client/react';
import type { FileState } from '@waybill/client';
import { STATES } from './states.ts';
import { Observable } from './observable.ts';

export type View = 'files' | 'operations';

export interface Route {
  readonly view: View;
  /** Null: every state. */
  readonly state: FileState | null;
  /** A key of MEDIA_KINDS; null: every type. */
  readonly kind: string | null;
  /** The text that is searched for. */
  readonly search: string;
  readonly fileId: string | null;
}

function parse(hash: string): Route {
  const parameters = new URLSearchParams(hash.replace(/^#\/?\??/, ''));
  return {
    view: parameters.get('view') === 'operations' ? 'operations' : 'files',
    state: STATES.find((state) => state === parameters.get('state')) ?? null,
    kind: parameters.get('kind'),
    search: parameters.get('search') ?? '',
    fileId: parameters.get('file'),
  };
}

function print({ view, state, kind, search, fileId }: Route): string {
  const parameters = new URLSearchParams();
  if (view !== 'files') parameters.set('view', view);
  if (state !== null) parameters.set('state', state);
  if (kind !== null) parameters.set('kind', kind);
  if (search !== '') parameters.set('search', search);
  if (fileId !== null) parameters.set('file', fileId);
  const text = parameters.toString();
  return text === '' ? '#/' : `#/?${text}`;
}

const current = new Observable(parse(location.hash));
addEventListener('hashchange', () => current.set(parse(location.hash)));

export const useRoute = (): Route => useStore(current);

/** @param replace does not leave a step for the browser's back button, as while somebody types */
export function go(change: Partial<Route>, replace = false): void {
  const hash = print({ ...current.getSnapshot(), ...change });
  if (hash === location.hash) return;
  if (replace) {
    history.replaceState(null, '', hash);
    current.set(parse(hash));
  } else location.hash = hash;
}
