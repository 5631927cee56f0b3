// Cursors of the paged lists. A cursor is the sort key of its row, so every page costs the same, however far down the list.
import type { DefaultConnectionArguments } from '@pothos/plugin-relay';
import { GraphQLError } from 'graphql';
import type { OrderField, SearchBound } from '../lifecycle/file-search.ts';
import { storableFault } from '../lifecycle/input-rules.ts';
import type { FoundBound } from '../search/search.ts';
import { toTimestamp } from './timestamp.ts';

const badInput = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });

const encode = (text: string): string => Buffer.from(text).toString('base64url');
const decode = (cursor: string): string => Buffer.from(cursor, 'base64url').toString('latin1');

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

export const encodeVersionCursor = (version: number): string => encode(`v${version}`);
export const encodeFileCursor = (fileId: string): string => encode(`f${fileId}`);
export const encodeKeyCursor = (keyId: string): string => encode(`k${keyId}`);

export const encodeWebhookCursor = (webhookId: string): string => encode(`w${webhookId}`);
export const encodePositionCursor = (position: number): string => encode(`p${position}`);

/** @throws GraphQLError BAD_USER_INPUT */
export function decodePositionCursor(cursor: string): number {
  const [, digits] = /^p(\d{1,15})$/.exec(decode(cursor)) ?? [];
  if (digits === undefined) throw badInput('This is not a cursor of this list.');
  return Number(digits);
}

/** @throws GraphQLError BAD_USER_INPUT */
export const decodeWebhookCursor = (cursor: string): string => decodeIdCursor('w', cursor);

/** @throws GraphQLError BAD_USER_INPUT */
export function decodeVersionCursor(cursor: string): number {
  const [, digits] = /^v(\d{1,9})$/.exec(decode(cursor)) ?? [];
  if (digits === undefined) throw badInput('This is not a cursor of this list.');
  return Number(digits);
}

/** @throws GraphQLError BAD_USER_INPUT */
export const decodeFileCursor = (cursor: string): string => decodeIdCursor('f', cursor);

/** @throws GraphQLError BAD_USER_INPUT */
export const decodeKeyCursor = (cursor: string): string => decodeIdCursor('k', cursor);

function decodeIdCursor(letter: string, cursor: string): string {
  const text = decode(cursor);
  if (text[0] !== letter || !UUID.test(text.slice(1))) throw badInput('This is not a cursor of this list.');
  return text.slice(1);
}

/** The cursor of a list in the order of a field: its sort key and its id. */
export const encodeSearchCursor = (field: string, { key, id }: SearchBound): string =>
  encode(JSON.stringify([field, key, id]));

const isFiniteNumber = (value: unknown): value is number => Number.isFinite(value);

/** The cursor of a list in the order of rank: JSON prints a number so that it is read as the same one. */
export const encodeRankCursor = ({ rank, id }: FoundBound): string => encode(JSON.stringify(['rank', rank, id]));

/** @throws GraphQLError BAD_USER_INPUT */
export function decodeRankCursor(cursor: string): FoundBound {
  const [of, rank, id] = parseArray(Buffer.from(cursor, 'base64url').toString());
  if (of !== 'rank' || !isFiniteNumber(rank) || !isString(id) || !UUID.test(id)) {
    throw badInput('This is not a cursor of this list.');
  }
  return { rank, id };
}

const isString = (value: unknown): value is string => typeof value === 'string';
const KEY_CHECKS: Readonly<Record<OrderField, (key: unknown) => boolean>> = {
  CREATED_AT: (key) => isString(key) && toTimestamp(key) === key,
  NAME: (key) => isString(key) && storableFault('cursor', key) === null,
  SIZE: Number.isSafeInteger,
};

/** @throws GraphQLError BAD_USER_INPUT, also for the cursor of another order */
export function decodeSearchCursor(field: OrderField, cursor: string): SearchBound {
  const [of, key, id] = parseArray(Buffer.from(cursor, 'base64url').toString());
  if (of !== field || !KEY_CHECKS[field](key) || !isString(id) || !UUID.test(id)) {
    throw badInput('This is not a cursor of this list in this order.');
  }
  return { key: key as string | number, id };
}

function parseArray(json: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(json);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

/**
 * The rules of the Relay specification for `first` and `last`, https://relay.dev/graphql/connections.htm#sec-Arguments
 * @throws GraphQLError BAD_USER_INPUT
 */
export function requirePageSize({ first, last }: DefaultConnectionArguments): void {
  if ((first ?? 0) < 0 || (last ?? 0) < 0) throw badInput('first and last must not be negative.');
  if (first != null && last != null) throw badInput('Ask for first or for last, not for both.');
}
