// The id of an upload at the end of its URL.
import type { IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';
import { fileIdOf } from '../../../src/uploads/tus/upload.ts';

const UUID = '018f0000-0000-7000-8000-000000000000';
const read = (url: string): string => fileIdOf({ url } as IncomingMessage);

it.each([`/files/file_${UUID}`, `/files/file_${UUID}/`, `file_${UUID}`])('%s has an id', (url) => {
  expect(read(url)).toBe(UUID);
});

it.each(['', '/', '/files/', `/files/file_${UUID}//`, `/files/file_${UUID}/%`, '/files/%zz'])(
  '%j is not the URL of an upload',
  (url) => {
    expect(() => read(url)).toThrow(expect.objectContaining({ status: 404 }));
  },
);

it('a long URL is refused as fast as a short one', () => {
  expect(() => read(`/files/${'a'.repeat(1_000_000)}//`)).toThrow(expect.objectContaining({ status: 404 }));
});
