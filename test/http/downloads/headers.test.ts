// Names and media types that somebody chose, made into headers that harm nobody.
import { validateHeaderValue } from 'node:http';
import { parse } from 'content-disposition';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { headersOf } from '../../../src/http/downloads/headers.ts';
import type { FileWithContent } from '../../../src/uploads/content.ts';

const ID = '018f0000-0000-7000-8000-000000000000';

const headersFor = (name: string, contentType = 'text/html'): Record<string, string> =>
  headersOf({ id: ID, name, contentType, sha256: 'ab', size: 1 } as FileWithContent);

/** The name under which a client would save the file. */
function savedAs(name: string): string | undefined {
  const { type, parameters } = parse(headersFor(name)['content-disposition']!);
  expect(type).toBe('attachment');
  return parameters['filename'];
}

describe('the name to save under', () => {
  it.each([
    ['holiday.jpg', 'holiday.jpg'],
    ['with spaces and; semicolons.txt', 'with spaces and; semicolons.txt'],
    ['a "quoted" name\'s.txt', 'a "quoted" name\'s.txt'],
    ['50%25.txt', '50%25.txt'],
    ['naïve €uro 文件 🎉.txt', 'naïve €uro 文件 🎉.txt'],
    ['../../etc/passwd', 'passwd'],
    [String.raw`C:\Windows\system32\evil.exe`, 'evil.exe'],
    [String.raw`a/b\c`, 'c'],
    ['a\r\nx-evil: 1', 'ax-evil: 1'],
    ['photo\u202egpj.exe', 'photogpj.exe'],
    ['.bashrc', '.bashrc'],
  ])('of %j is %j', (name, saved) => {
    expect(savedAs(name)).toBe(saved);
  });

  it.each(['', '.', '..', ' ', 'folder/', 'a/..', '\r\n'])('of %j, which is none, is the id', (name) => {
    expect(savedAs(name)).toBe(`file_${ID}`);
  });

  it('is cut in the middle when it is very long, and keeps its end', () => {
    const saved = savedAs(`${'🎉'.repeat(1_000)}.tar.gz`)!;
    expect(Array.from(saved)).toHaveLength(200);
    expect(saved).toMatch(/^🎉+\.tar\.gz$/u);
    expect(headersFor('🎉'.repeat(1_024))['content-disposition']!.length).toBeLessThan(4_096);
  });

  it('is a single segment in a header that Node accepts, whatever the name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const header = headersFor(name)['content-disposition']!;
        expect(() => validateHeaderValue('content-disposition', header)).not.toThrow();
        expect(savedAs(name)).not.toMatch(/[/\\\p{Cc}]|^\.{0,2}$/u);
      }),
    );
  });
});

it.each([
  ['text/html; charset=utf-8', 'text/html; charset=utf-8'],
  ['a/b;\r\nx-evil: 1', 'application/octet-stream'],
  ['a/b; c="€"', 'application/octet-stream'],
  ['', 'application/octet-stream'],
])('the media type %j is sent as %s', (contentType, sent) => {
  expect(headersFor('a', contentType)['content-type']).toBe(sent);
});
