// The history of a file, the newest first: what, who, when, how long it took, and why it failed.
import type { WaybillFile } from '@waybill/client';
import { formatDuration, formatTime } from '../app/format.ts';
import { EVENT_NAMES, STATE_NAMES, TEXTS } from '../texts.ts';
import { StateMark } from '../ui/state-badge.tsx';
import type { Details, Transition } from './details.ts';

export function Timeline({ file, details }: { readonly file: WaybillFile; readonly details: Details }) {
  const { transitions, isCut } = details;
  return (
    <section aria-label={TEXTS.timeline}>
      <h3>{TEXTS.timeline}</h3>
      <ol className="timeline">
        {transitions
          .map((each, at) => (
            <Step
              key={each.id}
              step={each}
              before={transitions[at - 1]?.occurredAt ?? file.createdAt}
              isFirst={isCut && at === 0}
            />
          ))
          .toReversed()}
        {isCut ? (
          <li className="step-note">{TEXTS.olderHidden}</li>
        ) : (
          <li className="step">
            <StateMark state="UNTRACKED" />
            <p className="step-what">{TEXTS.registered}</p>
            <p className="step-when">
              <time dateTime={file.createdAt}>{formatTime(new Date(file.createdAt))}</time>
            </p>
          </li>
        )}
      </ol>
    </section>
  );
}

/** What took less was done at once. */
const SHOWN_SECONDS = 0.1;

interface StepProps {
  readonly step: Transition;
  readonly before: string;
  readonly isFirst: boolean;
}

function Step({ step: { event, to, actor, occurredAt, failure }, before, isFirst }: StepProps) {
  const seconds = (Date.parse(occurredAt) - Date.parse(before)) / 1_000;
  return (
    <li className="step">
      <StateMark state={to} />
      <p className="step-what">
        {EVENT_NAMES[event]} <span className="step-to">{STATE_NAMES[to]}</span>
      </p>
      <p className="step-when">
        <time dateTime={occurredAt}>{formatTime(new Date(occurredAt))}</time>
        {!isFirst && seconds >= SHOWN_SECONDS && <span>{TEXTS.after(formatDuration(seconds))}</span>}
        <span>{TEXTS.by(actor)}</span>
      </p>
      {failure !== null && <p className="step-why">{failure.message}</p>}
    </li>
  );
}
