// The last lines of the demo: what was promised, what was counted, and whether the two agree.
import type { FileFacts } from './api.ts';
import type { Balance } from './checks.ts';
import type { Outcome } from './scenario.ts';
import type { Searched } from './search.ts';

export interface Result {
  readonly balance: Balance;
  /** Whether the log, read again from the first cursor, gives the same entries in the same order. */
  readonly isReplayed: boolean;
  readonly differences: readonly string[];
  readonly files: readonly FileFacts[];
  readonly outcomes: readonly Outcome[];
  readonly bytesRead: number;
  /** Faults of the bytes, and of how they were sent. */
  readonly faults: readonly string[];
  readonly searched: Searched;
  readonly progressMessages: number;
  readonly seconds: number;
}

const EXPECTED_REFUSALS = 2;

const countRefusals = ({ outcomes }: Result): number => outcomes.reduce((sum, { refusals }) => sum + refusals, 0);

/** What does not hold; empty if everything does. */
export function findFaults(result: Result): string[] {
  const { balance, isReplayed, differences, files, faults, searched, progressMessages } = result;
  const { lost, twice, outOfOrder, unknown } = balance;
  const isBalanced = lost + twice + outOfOrder + unknown === 0;
  const refusals = countRefusals(result);
  return [
    ...(isBalanced ? [] : [`lost ${lost}, twice ${twice}, out of order ${outOfOrder}, unknown ${unknown}`]),
    ...(isReplayed ? [] : ['the log, read again, differs']),
    ...differences,
    ...faults,
    ...files.filter(({ state }) => state !== 'INDEXED').map(({ name, state }) => `${name} is still ${state}`),
    ...(refusals === EXPECTED_REFUSALS ? [] : [`${refusals} events were refused instead of ${EXPECTED_REFUSALS}`]),
    ...(searched.found === null ? [`"${searched.phrase}" was not found`] : []),
    ...(progressMessages > 0 ? [] : ['no progress message arrived']),
  ];
}

export function summarise(result: Result): string[] {
  const { balance, files, outcomes, bytesRead, progressMessages, isReplayed, differences, seconds } = result;
  const { acknowledged, seen, lost, twice, outOfOrder, unknown } = balance;
  const faults = findFaults(result);
  const sent = outcomes.reduce((sum, { size }) => sum + size, 0);
  return [
    '',
    `${files.length} files in ${seconds.toFixed(1)} s, over the public API only:`,
    `  acknowledged  ${acknowledged}   ${files.length} registrations, ${acknowledged - files.length} transitions`,
    `  seen          ${seen}   and ${progressMessages} messages of progress`,
    `  lost          ${lost}`,
    `  twice         ${twice}`,
    `  out of order  ${outOfOrder}   versions have ${outOfOrder === 0 ? 'no gaps' : 'gaps'}`,
    `  unknown       ${unknown}`,
    `  refused       ${countRefusals(result)}   on purpose, with a typed answer`,
    ...outcomes
      .filter(({ resumedAt }) => resumedAt !== null)
      .map(({ name, size, resumedAt }) => `  resumed       ${name} at ${resumedAt} of ${size} bytes`),
    `  read back     ${bytesRead} of ${sent} bytes, ${result.faults.length === 0 ? 'the same' : 'NOT the same'}`,
    `  replayed      ${isReplayed ? 'the same' : 'DIFFERENT'}, from the first cursor`,
    `  final states  ${differences.length === 0 ? 'as seen' : 'NOT as seen'}, says the API`,
    `  found         ${describeFound(result.searched)}`,
    ...faults.map((fault) => `FAULT: ${fault}`),
    faults.length === 0 ? 'Everything holds.' : 'This does not hold.',
  ];
}

const describeFound = ({ phrase, found }: Searched): string =>
  found === null ? 'nothing' : `"${phrase}" in ${found.name}, by what its worker has read`;
