// Whether what was sent is what is there: read back over HTTP, and held against what was meant to happen on the way.
import { createHash } from 'node:crypto';
import type { StoredFile } from './api.ts';
import type { Entry } from './ledger.ts';

/** What became of one file's bytes, as its sender knows it. */
export interface Delivery {
  readonly fileId: string;
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
  /** How often its upload is meant to be completed: once, and once more where a retry finds all bytes here. */
  readonly completions: number;
  /** Events the server refused, on purpose. */
  readonly refusals: number;
  readonly wasCut: boolean;
  /** The offset it went on from after a cut. */
  readonly resumedAt: number | null;
}

/** Reads every file back. @returns how many bytes came, and what is wrong, in words */
export async function readBack(
  deliveries: readonly Delivery[],
  files: readonly StoredFile[],
): Promise<{ readonly bytes: number; readonly faults: readonly string[] }> {
  const faults: string[] = [];
  let bytes = 0;
  for (const { fileId, name, sha256 } of deliveries) {
    const url = files.find(({ id }) => id === fileId)?.contentUrl;
    const content = url == null ? new Uint8Array() : await download(url);
    bytes += content.length;
    if (createHash('sha256').update(content).digest('hex') !== sha256) faults.push(`${name} reads back as other bytes`);
  }
  return { bytes, faults };
}

async function download(url: string): Promise<Uint8Array> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return await response.bytes();
}

/** What was not as it should be on the way, in words. */
export function findDetours(deliveries: readonly Delivery[], seen: readonly Entry[]): string[] {
  return deliveries.flatMap(({ fileId, name, size, completions, wasCut, resumedAt }) => {
    const completed = seen.filter((entry) => entry.fileId === fileId && entry.what === 'COMPLETE_UPLOAD').length;
    const isResumed = resumedAt !== null && resumedAt > 0 && resumedAt < size;
    return [
      ...(completed === completions ? [] : [`${name} was completed ${completed} times instead of ${completions}`]),
      ...(wasCut === isResumed ? [] : [`${name} was ${wasCut ? '' : 'not '}cut, and went on from ${resumedAt}`]),
    ];
  });
}
