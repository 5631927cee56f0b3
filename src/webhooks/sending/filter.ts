// Which changes a webhook asks for.
import type { ChangeFilter, ChangeKind } from '../../feed/change.ts';
import type { FileState } from '../../fsm/machine.ts';
import type { HeldWebhook } from './sender-rows.ts';

export const filterOf = ({ kinds, states }: HeldWebhook): ChangeFilter => ({
  ids: null,
  states: states === null ? null : new Set(states as FileState[]),
  follow: false,
  kinds: new Set(kinds as ChangeKind[]),
});
