// Which events somebody may send by hand, and why one was refused, in the words of the page.
import type { LifecycleEvent, WaybillFile } from '@waybill/client';
import { EVENT_NAMES, STATE_NAMES, TEXTS } from '../texts.ts';

/** Of a file whose bytes come through this server; the others are the server's own. */
const OWN: readonly LifecycleEvent[] = ['RETRY', 'RESET'];

export const offeredEvents = ({
  transfer,
  allowedEvents,
}: Pick<WaybillFile, 'transfer' | 'allowedEvents'>): readonly LifecycleEvent[] =>
  allowedEvents.filter((event) => transfer === 'EXTERNAL' || OWN.includes(event));

export interface Refusal {
  readonly code: string;
  readonly message: string;
  /** As it was then; left out where there is none. */
  readonly file?: Pick<WaybillFile, 'state' | 'transfer' | 'allowedEvents'>;
}

export function describeRefusal({ code, message, file }: Refusal, event: LifecycleEvent): string {
  if (file === undefined) return message;
  const why =
    code === 'TRANSITION_NOT_ALLOWED' ? TEXTS.notPossible(EVENT_NAMES[event], STATE_NAMES[file.state]) : message;
  const offered = offeredEvents(file).map((each) => EVENT_NAMES[each]);
  return offered.length === 0 ? why : `${why} ${TEXTS.possible(offered.join(', '))}`;
}
