// Who uses the page, and the client it talks to the server with. A token is kept in memory only: after a reload it is asked for
// again, and no script of another page ever finds it.
import { type Waybill, createWaybill } from '@waybill/client';
import { READ_VIEWER } from '../generated/documents.ts';
import type { ReadViewerQuery } from '../generated/operations.ts';
import { PageUploads } from '../upload/page-uploads.ts';
import { Observable } from './observable.ts';
import { BASE_URL, NEEDS_SIGN_IN } from './settings.ts';

export type Viewer = ReadViewerQuery['viewer'];

export interface Session {
  readonly waybill: Waybill;
  readonly uploads: PageUploads;
  /** Null while it is not known. */
  readonly viewer: Viewer | null;
}

/** Whether to offer what changes files; the server decides. While it is not known who it is, everything is offered. */
export const mayChange = ({ viewer }: Session): boolean =>
  viewer === null || viewer.roles.some((role) => role === 'UPLOADER' || role === 'ADMIN');

/** Null: nobody is signed in. */
export const session = new Observable<Session | null>(null);

let token: string | undefined;

const start = (): Session => {
  const waybill = createWaybill({ url: BASE_URL, token: () => token });
  return { waybill, uploads: new PageUploads(waybill), viewer: null };
};

/** @throws WaybillError: the token is not valid, or the server cannot be reached */
export async function signIn(given: string): Promise<void> {
  token = given.trim().replace(/^Bearer\s+/i, '');
  const begun = start();
  try {
    const { viewer } = await begun.waybill.query(READ_VIEWER);
    session.set({ ...begun, viewer });
    void begun.uploads.restore();
  } catch (error) {
    token = undefined;
    begun.waybill.close();
    throw error;
  }
}

export function signOut(): void {
  const ended = session.getSnapshot();
  token = undefined;
  session.set(null);
  ended?.waybill.close();
}

/** Where nobody has to sign in. */
export function startWithoutSignIn(): void {
  if (NEEDS_SIGN_IN) return;
  const begun = start();
  session.set(begun);
  void begun.uploads.restore();
  begun.waybill.query(READ_VIEWER).then(
    ({ viewer }) => session.set({ ...begun, viewer }),
    // The banner of the stream says that the server is away.
    () => undefined,
  );
}
