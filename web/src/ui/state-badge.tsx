// The state of a file: a shape and a word, so that nobody needs its colour.
import type { FileState } from '@waybill/client';
import { STATE_NAMES } from '../texts.ts';

export function StateBadge({ state }: { readonly state: FileState }) {
  return (
    <span className="state" data-state={state}>
      <StateMark state={state} />
      {STATE_NAMES[state]}
    </span>
  );
}

export function StateMark({ state }: { readonly state: FileState }) {
  return <span className="state-mark" data-state={state} aria-hidden="true" />;
}
