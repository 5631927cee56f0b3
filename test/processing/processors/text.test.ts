// Text from plain text, HTML, CSV, JSON and XML: what is found, and what must not be.
import { once } from 'node:events';
import { truncate } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { textProcessor } from '../../../src/processing/processors/text.ts';
import { bytesOf, runOnPath, runProcessor } from '../../support/processor-input.ts';
import { billionLaughs, hostileHtml } from '../../support/sample-files.ts';
import { createTemporaryDir, type TemporaryDir } from '../../support/temporary-dir.ts';

const text = textProcessor();
let dir: TemporaryDir;
beforeAll(async () => {
  dir = await createTemporaryDir();
});
afterAll(() => dir.remove());

describe('the encoding', () => {
  const phrase = 'Größe: 12 € – „Schlüssel“';
  test.each([
    ['UTF-8', Buffer.from(phrase), 'utf-8', 'content'],
    ['UTF-8 with a mark', Buffer.from(`\ufeff${phrase}`), 'utf-8', 'bom'],
    ['UTF-16 with a mark', Buffer.from(`\ufeff${phrase}`, 'utf16le'), 'utf-16le', 'bom'],
    ['UTF-16 without a mark', Buffer.from(phrase, 'utf16le'), 'utf-16le', 'content'],
    ['big-endian UTF-16', Buffer.from(phrase, 'utf16le').swap16(), 'utf-16be', 'content'],
    ['windows-1252', windows1252(phrase), 'windows-1252', 'content'],
  ])('is found: %s', async (_, bytes, charset, charsetFrom) => {
    const { properties, text: found } = await runProcessor(text, bytes, { contentType: 'text/plain' });
    expect(found).toBe(phrase);
    expect(properties).toMatchObject({ charset, charsetFrom });
  });

  test('is taken from the content type, from <meta>, and from the XML declaration', async () => {
    const word = Buffer.from([0xcd, 0xcf, 0xd2, 0xc5]); // in KOI8-R
    const read = async (contentType: string, before = '') =>
      (await runProcessor(text, Buffer.concat([Buffer.from(before), word]), { contentType })).text;
    expect(await read('text/plain; charset="koi8-r"')).toBe('море');
    expect(await read('text/html', '<meta charset=koi8-r>')).toBe('море');
    expect(await read('text/xml', '<?xml version="1.0" encoding="koi8-r"?><a>')).toBe('море');
  });

  test('that does not exist or is wrong is not believed', async () => {
    const latin1 = Buffer.from('Grüße', 'latin1');
    for (const contentType of [
      'text/plain; charset=nonsense',
      'text/plain; charset=utf-8',
      'text/plain; charset=utf-16',
    ]) {
      expect((await runProcessor(text, latin1, { contentType })).text).toBe('Grüße');
    }
  });
});

test('NUL and half surrogates, which the database refuses, are not in the text', async () => {
  expect((await runProcessor(text, 'nine\0 boats', { contentType: 'text/plain' })).text).toBe('nine boats');
  const half = await runProcessor(text, '{"a":"\\ud800\\u0000x"}', { contentType: 'application/json' });
  expect(half.text).toContain('\ufffdx');
  expect(half.text?.isWellFormed()).toBe(true);
});

test('bytes that are not text give none', async () => {
  const bytes = Buffer.from(Array.from({ length: 1000 }, (_, index) => (index * 7) % 256));
  expect(await runProcessor(text, bytes, { contentType: 'text/plain' })).toEqual({
    properties: { format: 'plain', charset: null },
  });
});

test('HTML gives what is read, without scripts, styles and comments, and nothing is fetched', async () => {
  let requests = 0;
  const server = createServer((_, response) => {
    requests += 1;
    response.end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    const html = hostileHtml(`http://127.0.0.1:${port}`, 'Ninety gulls');
    const { text: found, properties } = await runProcessor(text, html, { contentType: 'text/html' });
    expect(found).toBe('Ferries\nNinety gulls\nFish & chips');
    expect(properties).toMatchObject({ format: 'html', title: 'Ferries', truncated: false });
    // The server answers, so that a request would have been counted.
    await fetch(`http://127.0.0.1:${port}/`);
    expect(requests).toBe(1);
  } finally {
    server.close();
  }
});

test('HTML: inline elements do not part words, others do', async () => {
  const html = '<p>un<b>load</b>ed</p><p>two<td>three<br>four&nbsp;five';
  expect((await runProcessor(text, html, { contentType: 'text/html' })).text).toBe('unloaded\ntwo\nthree\nfour five');
});

test('XHTML: an empty script element hides nothing', async () => {
  const page = '<html xmlns="http://www.w3.org/1999/xhtml"><script src="x.js"/><p>Read</p></html>';
  expect((await runProcessor(text, page, { contentType: 'application/xhtml+xml' })).text).toBe('Read');
});

test('HTML nested too deeply is read down to a limit', async () => {
  const html = `<p>first</p>${'<i>'.repeat(200_000)}${'</b>'.repeat(200_000)}last`;
  const { text: found, properties } = await runProcessor(text, html, { contentType: 'text/html' });
  expect(found).toBe('first');
  expect(properties).toMatchObject({ truncated: true });
});

test('XML: entities are left as they are, but for the five', async () => {
  const xml = billionLaughs('Thirteen buoys ring');
  const { text: found } = await runProcessor(text, xml, { contentType: 'application/xml' });
  expect(found).toBe('&lol8;\n&file;\nThirteen buoys ring\nFish & chips');
});

test('XML: CDATA is text, comments and instructions are not', async () => {
  const xml = '<a><!-- no --><?no no?><![CDATA[x < y]]><b>&#228;&lt;</b></a>';
  expect((await runProcessor(text, xml, { contentType: 'text/xml' })).text).toBe('x < y\nä<');
});

test('XML: elements that HTML would hide are data, but in pictures scripts and styles are none', async () => {
  const read = async (xml: string) => (await runProcessor(text, xml, { contentType: 'application/xml' })).text;
  expect(await read('<list><object>pump</object><style>jazz</style></list>')).toBe('pump\njazz');
  expect(await read('<svg><style>p{}</style><script>x</script><text>Rust</text></svg>')).toBe('Rust');
});

test('JSON gives names, strings and numbers, whatever piece an escape is in', async () => {
  const long = 'x'.repeat(65_528);
  const json = `{"${long}":"\\u00e4\\"b\\\\","list":[1,{"c":"d, e"}]}`;
  const { text: found } = await runProcessor(text, json, { contentType: 'application/json' });
  expect(found?.slice(1 + long.length).split(/\s+/)).toEqual(['', 'ä"b\\', 'list', '1', 'c', 'd,', 'e', '']);
});

test('CSV gives its shape and its text', async () => {
  const found = await runProcessor(text, 'a;b;c\n"1;1";2;3\n', { contentType: 'text/csv' });
  expect(found.properties).toMatchObject({ format: 'csv', delimiter: ';', columns: 3 });
  expect(found.text).toContain('1;1');
});

describe('what is large', () => {
  test('is read up to 1 MiB of text, and characters are not cut in two', async () => {
    const path = await dir.write('long.txt', 'ä'.repeat(3_000_001));
    const bytes = bytesOf(path);
    const { text: found = '', properties } = await runOnPath(text, path, { contentType: 'text/plain', bytes });
    expect(properties).toMatchObject({ truncated: true });
    expect(Buffer.byteLength(found)).toBe(1 << 20);
    expect(found).toMatch(/^ä+$/);
    expect(bytes.bytesRead()).toBeLessThan(4 << 20);
  });

  test('as a line of 1 GiB is not read to its end', async () => {
    const path = await dir.write('line.txt', `Fourteen pelicans ${'x'.repeat(3 << 20)}`);
    await truncate(path, 2 ** 30);
    const bytes = bytesOf(path);
    const { text: found, properties } = await runOnPath(text, path, { contentType: 'text/plain', bytes });
    expect(found).toMatch(/^Fourteen pelicans x+$/);
    expect(properties).toMatchObject({ truncated: true });
    expect(bytes.bytesRead()).toBeLessThan(4 << 20);
  });

  test('as a tag or a comment of 1 GiB is given up', async () => {
    for (const start of ['<p>Seen</p><!-- ', '<p>Seen</p><p title="']) {
      const path = await dir.write('tag.html', start + 'x'.repeat(1 << 20));
      await truncate(path, 2 ** 30);
      const bytes = bytesOf(path);
      const { text: found, properties } = await runOnPath(text, path, { contentType: 'text/html', bytes });
      expect(found).toBe('Seen');
      expect(properties).toMatchObject({ truncated: true });
      expect(bytes.bytesRead()).toBeLessThan(40 << 20);
    }
  });
});

test('a section that arrives whole is cut like other text', async () => {
  const xml = `<a>Seen</a><a><![CDATA[${'word '.repeat(5_000_000)}]]></a>`;
  const path = await dir.write('section.xml', xml);
  const { text: found, properties } = await runOnPath(text, path, { contentType: 'application/xml' });
  expect(found?.slice(0, 20)).toBe('Seen\nword word word ');
  expect(found).toHaveLength(1 << 20);
  expect(properties).toMatchObject({ truncated: true });
});

test('reading ends when it is cancelled', async () => {
  const signal = AbortSignal.abort(new Error('cancelled'));
  await expect(runProcessor(text, 'text', { contentType: 'text/plain', signal })).rejects.toThrow('cancelled');
});

/** Node writes Latin-1 only: what windows-1252 has besides is replaced by hand. */
function windows1252(value: string): Buffer {
  const extra = new Map([
    ['€', 0x80],
    ['„', 0x84],
    ['“', 0x93],
    ['–', 0x96],
  ]);
  return Buffer.from(Array.from(value, (character) => extra.get(character) ?? character.charCodeAt(0)));
}
