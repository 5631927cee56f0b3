// A part of the operations view: its heading and button, and what is shown while there is nothing to show.
import { type ReactNode, useId } from 'react';
import { leave } from '../app/session.ts';
import { TEXTS } from '../texts.ts';
import { OPS } from '../texts-operations.ts';
import { Notice } from '../ui/notice.tsx';
import type { Loaded } from './loaded.ts';

interface SectionProps {
  readonly title: string;
  readonly action?: ReactNode;
  readonly children: ReactNode;
}

export function Section({ title, action, children }: SectionProps) {
  const heading = useId();
  return (
    <section className="ops-section" aria-labelledby={heading}>
      <header className="ops-section-head">
        <h2 id={heading}>{title}</h2>
        {action}
      </header>
      {children}
    </section>
  );
}

interface ContentProps<Value> {
  readonly loaded: Loaded<Value>;
  /** Says that it cannot be read. */
  readonly failed: string;
  readonly children: (value: Value) => ReactNode;
}

/** What was read, or why it was not. */
export function Content<Value>({
  loaded: { value, problem, isSignedOut, reload },
  failed,
  children,
}: ContentProps<Value>) {
  if (isSignedOut) {
    return <Notice title={failed} hint={TEXTS.signInEnded} action={TEXTS.signIn} onAction={leave} />;
  }
  if (value === null && problem !== null) {
    return <Notice title={failed} hint={problem} action={TEXTS.tryAgain} onAction={reload} />;
  }
  if (value === null) return <Notice title={OPS.loading} isBusy />;
  return (
    <>
      {problem !== null && (
        <p role="status" className="problem ops-stale">
          {failed}: {problem}
        </p>
      )}
      {children(value)}
    </>
  );
}
