// The URLs of a file. With sign-in they carry the right to it, unless the answer is for many: what a subscription sends is
// shared by all who subscribe alike, and kept for those who come later.
import type { UrlAction } from '../auth/urls/signed-urls.ts';
import { may } from '../auth/permissions.ts';
import type { FileSnapshot } from '../entities/file-snapshot.ts';
import { encodeId } from '../ids.ts';
import { findIssues } from '../lifecycle/input.ts';
import type { GraphQLContext } from './context.ts';
import { throwRefusal } from './request-error.ts';

const FOLDERS: Readonly<Record<UrlAction, string>> = { upload: 'uploads', read: 'files' };

/** @param seconds how long it works; undefined: as long as WAYBILL_URL_TTL says */
export function urlOf(
  { baseUrl, urls, principal }: GraphQLContext,
  { id }: Pick<FileSnapshot, 'id'>,
  action: UrlAction,
  seconds?: number,
): string {
  const url = `${baseUrl}/${FOLDERS[action]}/${encodeId('File', id)}`;
  if (urls === null || !may(principal, action)) return url;
  return `${url}?${urls.sign({ tenant: principal.tenant, fileId: id, action }, seconds)}`;
}

/** @throws RequestError */
export function requireSeconds(seconds: number | null | undefined, { urls }: GraphQLContext): number | undefined {
  if (seconds == null) return undefined;
  const most = urls?.ttlSeconds ?? Infinity;
  const fault = `expiresInSeconds must be from 1 to ${most} (WAYBILL_URL_TTL), not ${seconds}.`;
  throwRefusal(findIssues(['expiresInSeconds', seconds < 1 || seconds > most ? fault : null]));
  return seconds;
}
