// From the input of a worker, or of those who steer processing, to a command: plain values in, a command or a refusal out.
import { decodeFileId } from '../ids.ts';
import type { CancelCommand, ExtendCommand, ReleaseCommand } from './processing-commands.ts';
import { type InvalidInput, type Optional, type Requester, findIssues, given } from './input.ts';
import {
  fileIdFault,
  labelFault,
  leaseTokenFault,
  mediaRangesFault,
  progressMessageFault,
  propertiesFault,
  rangeFault,
} from './input-rules.ts';

export const CLAIM_LIMITS = { files: 100, leastLeaseSeconds: 5, leaseSeconds: 3_600, waitSeconds: 60 };
export const CLAIM_DEFAULTS = { files: 10, leaseSeconds: 60 };
const MAX_PAUSE_SECONDS = 3_600;

export interface ClaimInput {
  readonly worker: string;
  readonly limit?: Optional<number>;
  readonly leaseSeconds?: Optional<number>;
  readonly waitSeconds?: Optional<number>;
  readonly contentTypes?: Optional<readonly string[]>;
}

/** What is wanted, with every default. */
export interface WantedFiles {
  readonly worker: string;
  readonly limit: number;
  readonly leaseMs: number;
  readonly waitMs: number;
  readonly contentTypes: readonly string[] | null;
}

export interface ExtendInput {
  readonly id: string;
  readonly leaseToken: string;
  readonly leaseSeconds?: Optional<number>;
  readonly progress?: Optional<number>;
  readonly message?: Optional<string>;
  readonly properties?: Optional<Record<string, unknown>>;
}

export interface ReleaseInput {
  readonly id: string;
  readonly leaseToken: string;
  readonly afterSeconds?: Optional<number>;
}

const leaseFault = (seconds: number): string | null =>
  rangeFault('leaseSeconds', seconds, CLAIM_LIMITS.leastLeaseSeconds, CLAIM_LIMITS.leaseSeconds);

export function toWantedFiles(input: ClaimInput): WantedFiles | InvalidInput {
  const { worker, contentTypes = null } = input;
  const limit = input.limit ?? CLAIM_DEFAULTS.files;
  const leaseSeconds = input.leaseSeconds ?? CLAIM_DEFAULTS.leaseSeconds;
  const waitSeconds = input.waitSeconds ?? 0;
  const invalid = findIssues(
    ['worker', labelFault('worker', worker)],
    ['limit', rangeFault('limit', limit, 1, CLAIM_LIMITS.files)],
    ['leaseSeconds', leaseFault(leaseSeconds)],
    ['waitSeconds', rangeFault('waitSeconds', waitSeconds, 0, CLAIM_LIMITS.waitSeconds)],
    ['contentTypes', given(contentTypes, (types) => mediaRangesFault('contentTypes', types))],
  );
  return invalid ?? { worker, limit, contentTypes, leaseMs: leaseSeconds * 1_000, waitMs: waitSeconds * 1_000 };
}

export function toExtendCommand(input: ExtendInput, requester: Requester): ExtendCommand | InvalidInput {
  const { id, leaseToken, progress = null, message = null, properties = null } = input;
  const leaseSeconds = input.leaseSeconds ?? CLAIM_DEFAULTS.leaseSeconds;
  const invalid = findIssues(
    ['id', fileIdFault('id', id)],
    ['leaseToken', leaseTokenFault(leaseToken)],
    ['leaseSeconds', leaseFault(leaseSeconds)],
    ['progress', given(progress, (fraction) => rangeFault('progress', fraction, 0, 1))],
    ['message', given(message, progressMessageFault)],
    ['properties', given(properties, propertiesFault)],
  );
  if (invalid !== null) return invalid;
  const sign = { leaseToken, leaseMs: leaseSeconds * 1_000, progress, message, properties };
  return { ...requester, kind: 'extend', fileId: decodeFileId(id)!, ...sign };
}

export function toReleaseCommand(input: ReleaseInput, requester: Requester): ReleaseCommand | InvalidInput {
  const { id, leaseToken } = input;
  const afterSeconds = input.afterSeconds ?? 0;
  const invalid = findIssues(
    ['id', fileIdFault('id', id)],
    ['leaseToken', leaseTokenFault(leaseToken)],
    ['afterSeconds', rangeFault('afterSeconds', afterSeconds, 0, MAX_PAUSE_SECONDS)],
  );
  if (invalid !== null) return invalid;
  return { ...requester, kind: 'release', fileId: decodeFileId(id)!, leaseToken, afterMs: afterSeconds * 1_000 };
}

export function toCancelCommand({ id }: { readonly id: string }, requester: Requester): CancelCommand | InvalidInput {
  const invalid = findIssues(['id', fileIdFault('id', id)]);
  return invalid ?? { ...requester, kind: 'cancel', fileId: decodeFileId(id)! };
}

export const REPROCESS_LIMITS = { ids: 1_000, files: 1_000 };
export const REPROCESS_DEFAULT = 100;

export interface ReprocessInput {
  readonly ids?: Optional<readonly string[]>;
  readonly filter?: unknown;
  readonly processor?: Optional<string>;
  readonly versionNot?: Optional<string>;
  readonly first?: Optional<number>;
  readonly after?: Optional<string>;
}

/** @returns what is wrong with the fields together, and with each but the filter */
export function reprocessFaults(input: ReprocessInput): [field: string, fault: string | null][] {
  const { ids = null, processor = null, versionNot = null } = input;
  const isPaged = input.filter != null || input.first != null || input.after != null;
  return [
    ['ids', ids !== null && isPaged ? 'ids cannot be combined with filter, first or after.' : null],
    ['ids', given(ids, reprocessIdsFault)],
    ['processor', given(processor, (name) => labelFault('processor', name))],
    ['versionNot', versionNot !== null && processor === null ? 'versionNot needs the name of a processor.' : null],
    ['versionNot', given(versionNot, (version) => labelFault('versionNot', version))],
    ['first', given(input.first, (first) => rangeFault('first', first, 1, REPROCESS_LIMITS.files))],
  ];
}

function reprocessIdsFault(ids: readonly string[]): string | null {
  if (ids.length > REPROCESS_LIMITS.ids) return `ids must be at most ${REPROCESS_LIMITS.ids}.`;
  return ids.map((id) => fileIdFault('ids', id)).find((fault) => fault !== null) ?? null;
}
