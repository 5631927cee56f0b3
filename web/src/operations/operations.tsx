// The operations view, which is loaded when somebody opens it who may see it.
import { Suspense, lazy } from 'react';
import { type Session, mayOperate } from '../app/session.ts';
import { TEXTS } from '../texts.ts';
import { Notice } from '../ui/notice.tsx';

const View = lazy(() => import('./operations-view.tsx').catch(() => ({ default: NotLoaded })));

export function Operations({ session }: { readonly session: Session }) {
  if (session.viewer === null) return <Notice title={TEXTS.loadingView} isBusy />;
  if (!mayOperate(session)) return <Notice title={TEXTS.notAdmin} hint={TEXTS.notAdminHint} />;
  return (
    <Suspense fallback={<Notice title={TEXTS.loadingView} isBusy />}>
      <View waybill={session.waybill} />
    </Suspense>
  );
}

/** The server is away, or has a newer page by now. */
const NotLoaded = () => (
  <Notice
    title={TEXTS.viewNotLoaded}
    hint={TEXTS.viewNotLoadedHint}
    action={TEXTS.reload}
    onAction={() => location.reload()}
  />
);
