// Who uses the page, and the client it talks to the server with.
import { type Waybill, createWaybill } from '@waybill/client';
import { READ_VIEWER } from '../generated/documents.ts';
import type { ReadViewerQuery } from '../generated/operations.ts';
import { Credentials, type Source } from '../sign-in/credentials.ts';
import { watchedFetch, watchedWebSocket } from '../sign-in/watched.ts';
import { PageUploads } from '../upload/page-uploads.ts';
import { Observable } from './observable.ts';
import { BASE_URL, NEEDS_SIGN_IN } from './settings.ts';

export type Viewer = ReadViewerQuery['viewer'];

export interface Session {
  readonly waybill: Waybill;
  readonly uploads: PageUploads;
  /** Null while it is not known. */
  readonly viewer: Viewer | null;
  /** Null where nobody signs in. */
  readonly credentials: Credentials | null;
}

/** Whether to offer the operations view. */
export const mayOperate = ({ viewer }: Session): boolean => viewer?.roles.includes('ADMIN') === true;

/** Whether to offer what changes files; the server decides. While it is not known who it is, everything is offered. */
export const mayChange = ({ viewer }: Session): boolean =>
  viewer === null || viewer.roles.some((role) => role === 'UPLOADER' || role === 'ADMIN');

/** Null: nobody is signed in. */
export const session = new Observable<Session | null>(null);

/** Who the token is of. @throws WaybillError: it is not valid, or the server cannot be reached */
export async function readViewer(token: string): Promise<Viewer> {
  const waybill = createWaybill({ url: BASE_URL, token });
  try {
    return (await waybill.query(READ_VIEWER)).viewer;
  } finally {
    waybill.close();
  }
}

/**
 * Whoever signs in again goes on where they were; somebody else begins anew and sees nothing of it.
 * @param viewer whose token it is
 */
export function enter(source: Source, viewer: Viewer): void {
  const current = session.getSnapshot();
  if (current?.credentials != null && isSame(current.viewer, viewer)) {
    current.credentials.replace(source);
    session.set({ ...current, viewer });
    // What waits to try again need not wait any longer: for the client it is as if the network were back.
    dispatchEvent(new Event('online'));
    return;
  }
  drop();
  const credentials = new Credentials(source);
  const waybill = createWaybill({
    url: BASE_URL,
    token: credentials.token,
    fetch: watchedFetch(credentials),
    webSocketImpl: watchedWebSocket(credentials),
  });
  const uploads = new PageUploads(waybill);
  session.set({ waybill, uploads, viewer, credentials });
  void uploads.restore();
}

const isSame = (one: Viewer | null, other: Viewer): boolean =>
  one !== null && one.subject === other.subject && one.tenant === other.tenant;

/** Signs out. */
export function leave(): void {
  drop()?.credentials?.end();
}

function drop(): Session | null {
  const dropped = session.getSnapshot();
  session.set(null);
  dropped?.waybill.close();
  dropped?.credentials?.close();
  return dropped;
}

/** Where nobody has to sign in. */
export function startWithoutSignIn(): void {
  if (NEEDS_SIGN_IN) return;
  const waybill = createWaybill({ url: BASE_URL });
  const begun = { waybill, uploads: new PageUploads(waybill), viewer: null, credentials: null };
  session.set(begun);
  void begun.uploads.restore();
  waybill.query(READ_VIEWER).then(
    ({ viewer }) => session.set({ ...begun, viewer }),
    // The banner of the stream says that the server is away.
    () => undefined,
  );
}
