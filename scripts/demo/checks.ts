// Checks what the client was told against what the subscription showed and what the API returns.
import { createHash } from 'node:crypto';
import type { FileFacts } from './api.ts';
import type { Entry } from './changes.ts';
import type { Outcome } from './scenario.ts';

export interface Balance {
  readonly acknowledged: number;
  readonly seen: number;
  readonly lost: number;
  readonly twice: number;
  /** Not the next version of its file: a gap, or the wrong order. */
  readonly outOfOrder: number;
  /** Seen, but not acknowledged to the client. */
  readonly unknown: number;
}

const keyOf = ({ fileId, version, what }: Entry): string => `${fileId} ${version} ${what}`;

export function compareLogs(acknowledged: readonly Entry[], seen: readonly Entry[]): Balance {
  const expected = new Set(acknowledged.map(keyOf));
  // Without repetitions, which count as `twice` only.
  const distinct = new Map(seen.map((entry) => [keyOf(entry), entry]));
  const versions = new Map<string, number>();
  let outOfOrder = 0;
  for (const { fileId, version } of distinct.values()) {
    const last = versions.get(fileId) ?? -1;
    if (version !== last + 1) outOfOrder += 1;
    versions.set(fileId, Math.max(last, version));
  }
  const found = new Set(distinct.keys());
  return {
    acknowledged: acknowledged.length,
    seen: seen.length,
    lost: expected.difference(found).size,
    twice: seen.length - found.size,
    outOfOrder,
    unknown: found.difference(expected).size,
  };
}

const describeFile = ({ name, state, version, bytesReceived, size, sha256 }: FileFacts): string =>
  `${name} ${state} v${version}, ${bytesReceived} of ${size} bytes, SHA-256 ${sha256}`;

/** Where the API and what was seen last of each file differ. */
export function findDifferences(stored: readonly FileFacts[], seen: readonly FileFacts[]): string[] {
  const [inApi, inSubscription] = [new Set(stored.map(describeFile)), new Set(seen.map(describeFile))];
  return [
    ...[...inApi.difference(inSubscription)].map((file) => `in the API, but not seen: ${file}`),
    ...[...inSubscription.difference(inApi)].map((file) => `seen, but not in the API: ${file}`),
  ];
}

/** Uploads that were cut and not resumed in the middle, or resumed without a cut. */
export function findResumeFaults(outcomes: readonly Outcome[]): string[] {
  return outcomes
    .filter(({ wasCut, resumedAt, size }) => wasCut !== (resumedAt !== null && resumedAt > 0 && resumedAt < size))
    .map(({ name, wasCut, resumedAt }) => `${name} was ${wasCut ? '' : 'not '}cut, and resumed at ${resumedAt}`);
}

/** Downloads every file. @returns the bytes received, and which files differ from what was sent */
export async function downloadAll(
  outcomes: readonly Outcome[],
  files: readonly { readonly id: string; readonly contentUrl: string | null }[],
): Promise<{ readonly bytes: number; readonly faults: readonly string[] }> {
  const faults: string[] = [];
  let bytes = 0;
  for (const { fileId, name, sha256 } of outcomes) {
    const url = files.find(({ id }) => id === fileId)?.contentUrl;
    const content = url == null ? new Uint8Array() : await (await fetch(url)).bytes();
    bytes += content.length;
    if (createHash('sha256').update(content).digest('hex') !== sha256) faults.push(`${name} reads back as other bytes`);
  }
  return { bytes, faults };
}
