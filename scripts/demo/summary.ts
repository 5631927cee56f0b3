// The last word of the demo: what was promised, what was counted, and whether the two agree.
import { isBalanced } from './ledger.ts';
import type { Outcome } from './run.ts';

const REFUSALS_MEANT = 2;

const countRefusals = ({ deliveries }: Outcome): number => deliveries.reduce((sum, { refusals }) => sum + refusals, 0);

/** What did not hold, in words; empty when all did. */
export function findFaults(outcome: Outcome): string[] {
  const { balance, replayed, differences, files, faults, progressMessages } = outcome;
  const { lost, twice, outOfOrder, unknown } = balance;
  const refusals = countRefusals(outcome);
  const unfinished = files.filter(({ state }) => state !== 'INDEXED');
  return [
    ...(isBalanced(balance) ? [] : [`lost ${lost}, twice ${twice}, out of order ${outOfOrder}, unknown ${unknown}`]),
    ...(replayed ? [] : ['the log, read again, tells another story']),
    ...differences,
    ...faults,
    ...unfinished.map(({ name, state }) => `${name} is still ${state}`),
    ...(refusals === REFUSALS_MEANT ? [] : [`${refusals} events were refused instead of ${REFUSALS_MEANT}`]),
    ...(progressMessages > 0 ? [] : ['no progress was heard of']),
  ];
}

export function summarise(outcome: Outcome): string[] {
  const { balance, files, deliveries, bytesRead, progressMessages, replayed, differences, seconds } = outcome;
  const { acknowledged, seen, lost, twice, outOfOrder, unknown } = balance;
  const faults = findFaults(outcome);
  const registered = files.length;
  const sent = deliveries.reduce((sum, { size }) => sum + size, 0);
  const resumed = deliveries.filter(({ resumedAt }) => resumedAt !== null);
  return [
    '',
    `${files.length} files in ${seconds.toFixed(1)} s, over the public API only:`,
    `  acknowledged  ${acknowledged}   ${registered} registrations, ${acknowledged - registered} transitions`,
    `  seen          ${seen}   and ${progressMessages} messages of progress`,
    `  lost          ${lost}`,
    `  twice         ${twice}`,
    `  out of order  ${outOfOrder}   versions have ${outOfOrder === 0 ? 'no gaps' : 'gaps'}`,
    `  unknown       ${unknown}`,
    `  refused       ${countRefusals(outcome)}   on purpose, with a typed answer`,
    ...resumed.map(({ name, size, resumedAt }) => `  resumed       ${name} at ${resumedAt} of ${size} bytes`),
    `  read back     ${bytesRead} of ${sent} bytes, ${outcome.faults.length === 0 ? 'the same' : 'NOT the same'}`,
    `  replayed      ${replayed ? 'the same' : 'DIFFERENT'}, from the cursor of the beginning`,
    `  final states  ${differences.length === 0 ? 'as seen' : 'NOT as seen'}, says the API`,
    ...faults.map((fault) => `FAULT: ${fault}`),
    faults.length === 0 ? 'All of it holds.' : 'This does not hold.',
  ];
}
