// What whoever operates the service looks at, and changes: live numbers, usage, webhooks, API keys. Loaded when it is opened.
import type { Waybill } from '@waybill/client';
import { useState } from 'react';
import { formatTime } from '../app/format.ts';
import { leave } from '../app/session.ts';
import { TEXTS } from '../texts.ts';
import { OPS } from '../texts-operations.ts';
import { Icon } from '../ui/icon.tsx';
import { Notice } from '../ui/notice.tsx';
import { Charts } from './charts.tsx';
import { ApiKeys } from './keys.tsx';
import { useSamples } from './samples.ts';
import { Section } from './section.tsx';
import { Usage } from './usage.tsx';
import { Webhooks } from './webhooks.tsx';
import '../styles/operations.css';
import '../styles/operations-parts.css';

export default function OperationsView({ waybill }: { readonly waybill: Waybill }) {
  return (
    <div className="ops">
      <Numbers waybill={waybill} />
      <Usage waybill={waybill} />
      <div className="ops-lists">
        <Webhooks waybill={waybill} />
        <ApiKeys waybill={waybill} />
      </div>
    </div>
  );
}

function Numbers({ waybill }: { readonly waybill: Waybill }) {
  const [isPaused, setPaused] = useState(false);
  const { samples, problem } = useSamples(waybill, isPaused);
  const since = samples.findLast(({ operations }) => operations !== null)?.at;
  const isSignedOut = problem?.code === 'UNAUTHENTICATED';
  if (isSignedOut) {
    return <Notice title={OPS.title} hint={TEXTS.signInEnded} action={TEXTS.signIn} onAction={leave} />;
  }
  const said = isPaused
    ? OPS.paused
    : problem === null
      ? ''
      : since === undefined
        ? problem.message
        : OPS.failed(formatTime(new Date(since * 1_000)));
  return (
    <Section
      title={OPS.live}
      action={
        <button type="button" className="button" onClick={() => setPaused(!isPaused)}>
          <Icon name={isPaused ? 'play' : 'pause'} />
          {isPaused ? OPS.resume : OPS.pause}
        </button>
      }
    >
      <p role="status" className="ops-said" data-failed={problem !== null || undefined}>
        {said}
      </p>
      <Charts samples={samples} />
    </Section>
  );
}
