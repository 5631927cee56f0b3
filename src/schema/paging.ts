// Cursors of the paged lists. Each is the sort key of its row, so a page costs the same however deep it lies.
import type { DefaultConnectionArguments } from '@pothos/plugin-relay';
import { GraphQLError } from 'graphql';

const badInput = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });

const encode = (text: string): string => Buffer.from(text).toString('base64url');
const decode = (cursor: string): string => Buffer.from(cursor, 'base64url').toString('latin1');

export const encodeVersionCursor = (version: number): string => encode(`v${version}`);
export const encodeFileCursor = (fileId: string): string => encode(`f${fileId}`);

/** @throws GraphQLError BAD_USER_INPUT */
export function decodeVersionCursor(cursor: string): number {
  const [, digits] = /^v(\d{1,9})$/.exec(decode(cursor)) ?? [];
  if (digits === undefined) throw badInput('This is not a cursor of this list.');
  return Number(digits);
}

/** @throws GraphQLError BAD_USER_INPUT */
export function decodeFileCursor(cursor: string): string {
  const [, fileId] = /^f([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})$/.exec(decode(cursor)) ?? [];
  if (fileId === undefined) throw badInput('This is not a cursor of this list.');
  return fileId;
}

/**
 * What the Relay cursor specification asks of `first` and `last`, https://relay.dev/graphql/connections.htm#sec-Arguments
 * @throws GraphQLError BAD_USER_INPUT
 */
export function requirePageSize({ first, last }: DefaultConnectionArguments): void {
  if ((first ?? 0) < 0 || (last ?? 0) < 0) throw badInput('first and last must not be negative.');
  if (first != null && last != null) throw badInput('Ask for first or for last, not for both.');
}
