// WAYBILL_STORAGE_URL: valid values, and the message for each mistake.
import { describe, expect, test } from 'vitest';
import { StartupError } from '../../../src/errors.ts';
import { parseStorageUrl } from '../../../src/uploads/store/storage-url.ts';

describe('WAYBILL_STORAGE_URL', () => {
  test.each([
    ['file:///srv/waybill', { kind: 'file', dir: '/srv/waybill' }],
    ['file:///srv/with%20space/', { kind: 'file', dir: '/srv/with space' }],
    ['file://localhost/srv', { kind: 'file', dir: '/srv' }],
    ['s3://bucket', { kind: 's3', bucket: 'bucket', prefix: '' }],
    ['s3://bucket/', { kind: 's3', bucket: 'bucket', prefix: '' }],
    ['s3://my.bucket/a/b%20c/', { kind: 's3', bucket: 'my.bucket', prefix: 'a/b c' }],
    ['s3://bucket?region=eu-central-1', { kind: 's3', bucket: 'bucket', prefix: '', region: 'eu-central-1' }],
    [
      's3://bucket/p?endpoint=http://127.0.0.1:9000&region=x',
      { kind: 's3', bucket: 'bucket', prefix: 'p', endpoint: 'http://127.0.0.1:9000', region: 'x' },
    ],
    [
      's3://bucket/p?endpoint=https%3A%2F%2Fs3.example.com%2Fapi',
      { kind: 's3', bucket: 'bucket', prefix: 'p', endpoint: 'https://s3.example.com/api' },
    ],
  ])('may be %s', (text, location) => {
    expect(parseStorageUrl(text)).toEqual(location);
  });

  test.each([
    ['file://server/share', 'names the host server'],
    ['file:///dir?mode=1', 'a file: URL has no parameters'],
    ['file:///dir#x', 'it has a fragment'],
    ['file:///a%2Fb', 'its path is not readable'],
    ['s3:///prefix', 'it names no bucket'],
    ['s3:bucket', 'it names no bucket'],
    ['s3://bucket:9000/prefix', 'a bucket has no port'],
    ['s3://bucket/%E0%A4', 'its path is not readable'],
    ['s3://bucket?profile=x', 'its parameter "profile" is unknown or repeated'],
    ['s3://bucket?region=a&region=b', 'its parameter "region" is unknown or repeated'],
    ['s3://bucket?region=', 'its region is empty'],
    ['s3://bucket?endpoint=localhost:9000', 'its endpoint is not an http:// or https:// URL'],
    ['s3://bucket?endpoint=', 'its endpoint is not an http:// or https:// URL'],
    ['http://bucket/prefix', 'it begins with http:'],
    ['not a url', 'it is not a URL'],
  ])('must not be %s', (text, problem) => {
    const refusal = refusalOf(text);
    expect(refusal.code).toBe('INVALID_CONFIGURATION');
    expect(refusal.message).toMatch(/^WAYBILL_STORAGE_URL holds .+, but .+; allowed: file:\/\/\/dir or s3:/);
    expect(refusal.message).toContain(problem);
  });

  test.each(['s3://key:hunter2@bucket/prefix', 's3://bucket?secret=hunter2', 's3://bucket?region=a&endpoint=hunter2'])(
    'is refused without telling what may be secret: %s',
    (text) => {
      expect(refusalOf(text).message).not.toContain('hunter2');
    },
  );
});

function refusalOf(text: string): StartupError {
  try {
    parseStorageUrl(text);
  } catch (error) {
    if (error instanceof StartupError) return error;
    throw error;
  }
  throw new Error(`${text} was taken`);
}
