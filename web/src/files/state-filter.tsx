// How many files are in each state, live; choosing one shows these files only.
import type { FileState } from '@waybill/client';
import { useCounts } from '@waybill/client/react';
import { formatCount } from '../app/format.ts';
import { go, useRoute } from '../app/route.ts';
import type { Session } from '../app/session.ts';
import { STATES } from '../app/states.ts';
import { STATE_NAMES, TEXTS } from '../texts.ts';
import { StateMark } from '../ui/state-badge.tsx';

export function StateFilter({ session }: { readonly session: Session }) {
  const { counts } = useCounts(session.waybill);
  const { state: chosen } = useRoute();
  const total = counts === undefined ? undefined : STATES.reduce((sum, state) => sum + counts[state], 0);
  return (
    <div className="states" role="group" aria-label={TEXTS.states}>
      <Choice name={TEXTS.allStates} state={null} count={total} isChosen={chosen === null} />
      {STATES.map((state) => (
        <Choice
          key={state}
          name={STATE_NAMES[state]}
          state={state}
          count={counts?.[state]}
          isChosen={chosen === state}
        />
      ))}
    </div>
  );
}

interface ChoiceProps {
  readonly name: string;
  readonly state: FileState | null;
  readonly count: number | undefined;
  readonly isChosen: boolean;
}

function Choice({ name, state, count, isChosen }: ChoiceProps) {
  return (
    <button
      type="button"
      className="state-choice"
      aria-pressed={isChosen}
      onClick={() => go({ state: isChosen ? null : state })}
    >
      <span className="state-choice-name">
        {state !== null && <StateMark state={state} />}
        {name}
      </span>
      <span className="state-choice-count">{count === undefined ? '–' : formatCount(count)}</span>
    </button>
  );
}
