// The request headers of tus and what each must look like (https://tus.io/protocols/resumable-upload#headers).
import type { IncomingMessage } from 'node:http';
import type { Refusal } from '../upload-error.ts';
import { parseMetadata } from './metadata.ts';

export const TUS_VERSION = '1.0.0';
const BYTES = 'application/offset+octet-stream';

const isCount = (value: string): boolean => /^(?:0|[1-9]\d*)$/.test(value) && Number.isSafeInteger(Number(value));

const RULES: readonly (readonly [name: string, isValid: (value: string) => boolean])[] = [
  ['tus-version', (value) => value === TUS_VERSION],
  ['upload-concat', (value) => value === 'partial' || value.startsWith('final;')],
  ['upload-defer-length', (value) => value === '1'],
  ['upload-length', isCount],
  ['upload-metadata', (value) => parseMetadata(value) !== null],
  ['upload-offset', isCount],
  ['x-forwarded-proto', (value) => value === 'http' || value === 'https'],
];

/** Null when the request has none. */
export function headerOf({ headers }: IncomingMessage, name: string): string | null {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : (value ?? null);
}

/** Whether the body is of the media type of tus, whatever its parameters. */
export function bringsBytes(request: IncomingMessage): boolean {
  const [type = ''] = (headerOf(request, 'content-type') ?? '').split(';', 1);
  return type.trim().toLowerCase() === BYTES;
}

/** Null when all headers are as they should be. */
export function findBadHeaders(request: IncomingMessage): Refusal | null {
  // "If the version specified by the Client is not supported by the Server, it MUST respond with the 412 Precondition Failed"
  if (headerOf(request, 'tus-resumable') !== TUS_VERSION) {
    return { status: 412, message: `Tus-Resumable must be ${TUS_VERSION}.` };
  }
  const bad = RULES.filter(([name, isValid]) => {
    const value = headerOf(request, name);
    return value !== null && !isValid(value);
  });
  return bad.length === 0 ? null : { status: 400, message: `Invalid ${bad.map(([name]) => name).join(', ')}.` };
}
