// Text and facts of PDF files written by hand, and what happens with bombs, locked and broken ones.
import { deflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { pdfProcessor, type PdfOptions } from '../../../src/processing/processors/pdf.ts';
import { pdf, pdfBomb } from '../../support/pdf.ts';
import { bytesOf, runOnPath, runProcessor } from '../../support/processor-input.ts';
import { createTemporaryDir } from '../../support/temporary-dir.ts';

const read = (bytes: Uint8Array, options: PdfOptions = {}) =>
  runProcessor(pdfProcessor(options), bytes, { contentType: 'application/pdf' });

test('gives pages, title, author and text', async () => {
  const bytes = pdf({ pages: ['Thirty lanterns light the quay', 'second (page)'], title: 'Quay', author: 'Ada' });
  expect(await read(bytes)).toEqual({
    properties: { pages: 2, title: 'Quay', author: 'Ada', unreadablePages: 0, truncated: false },
    text: 'Thirty lanterns light the quay\nsecond (page)\n',
  });
});

test('a page limit and a time limit end the reading, not the file', async () => {
  const bytes = pdf({ pages: ['one', 'two', 'three'] });
  expect(await read(bytes, { pageLimit: 2 })).toEqual({
    properties: { pages: 3, unreadablePages: 0, truncated: true },
    text: 'one\ntwo\n',
  });
  let calls = 0;
  const late = await read(bytes, { timeLimit: 1, now: () => ((calls += 1) > 6 ? 1000 : 0) });
  expect(late).toMatchObject({ properties: { pages: 3, truncated: true }, text: 'one\n' });
});

test('text is cut at 1 MiB', async () => {
  const lines = Array.from(
    { length: 40_000 },
    (_, index) => `1 0 0 1 72 ${700 - (index % 600)} Tm (${'word '.repeat(8)}) Tj`,
  );
  const content = { dictionary: '', bytes: Buffer.from(`BT /F1 12 Tf ${lines.join('\n')} ET`) };
  const { properties, text = '' } = await read(pdf({ pages: ['x', 'y'], content }));
  expect(properties).toMatchObject({ pages: 2, truncated: true });
  expect(Buffer.byteLength(text)).toBe(1 << 20);
});

test('a damaged page does not take the others with it', async () => {
  const content = { dictionary: '/Filter /FlateDecode', bytes: Buffer.from('this is not compressed') };
  const { text, properties } = await read(pdf({ pages: ['gone', 'still here'], content }));
  expect(properties).toMatchObject({ pages: 2 });
  expect(text).toContain('still here');
});

test('a file whose directory is wrong is put together again', async () => {
  const whole = pdf({ pages: ['Thirty lanterns'] }).toString('latin1');
  const { text } = await read(Buffer.from(whole.replace(/startxref\n\d+/, 'startxref\n7'), 'latin1'));
  expect(text).toContain('Thirty lanterns');
});

test('a large file is looked through once, and read where it is needed', async () => {
  const dir = await createTemporaryDir();
  try {
    const path = await dir.write('large.pdf', pdf({ pages: ['found before it'], unused: 40 << 20 }));
    const bytes = bytesOf(path);
    const { text } = await runOnPath(pdfProcessor(), path, { bytes });
    expect(text).toContain('found before it');
    expect(bytes.bytesRead()).toBeLessThan(60 << 20);
  } finally {
    await dir.remove();
  }
});

const zeros = deflateSync(Buffer.alloc(70 << 20));
test.each([
  ['a bomb', pdfBomb(1 << 27), 'PDF_TOO_LARGE'],
  ['a bomb that is compressed three times', pdfBomb(1 << 27, 3), 'PDF_TOO_LARGE'],
  [
    'a bomb that hides its filter',
    pdf({ pages: ['x'], content: { dictionary: '/Filter 9 0 R', bytes: zeros } }),
    'PDF_TOO_LARGE',
  ],
  ['a bomb behind 5 MiB', behind(5 << 20, pdfBomb(1 << 27)), 'PDF_TOO_LARGE'],
  ['of two million damaged streams', fakes(16 << 20), 'PDF_BROKEN'],
  ['with a password', pdf({ pages: ['secret'], encrypted: true }), 'PDF_ENCRYPTED'],
  ['cut off', pdf({ pages: ['x'] }).subarray(0, 60), 'PDF_BROKEN'],
  ['of no bytes', Buffer.alloc(0), 'PDF_BROKEN'],
  ['that is not one', Buffer.from('just text'), 'PDF_BROKEN'],
])('%s ends with its code', async (_, bytes, code) => {
  await expect(read(bytes)).rejects.toMatchObject({ name: 'ProcessingError', code, retryable: false });
});

test('one that takes too long to look through may be tried again', async () => {
  let calls = 0;
  const slow = read(pdf({ pages: ['x'] }), { timeLimit: 1, now: () => (calls += 1) * 1000 });
  await expect(slow).rejects.toMatchObject({ code: 'PDF_TIMEOUT', retryable: false });
});

test('reading ends when it is cancelled', async () => {
  const signal = AbortSignal.abort(new Error('cancelled'));
  const run = runProcessor(pdfProcessor(), pdf({ pages: ['x'] }), { signal });
  await expect(run).rejects.toThrow('cancelled');
});

/** A comment of zeros comes first: its position is not that of the windows. */
function behind(length: number, file: Buffer): Buffer {
  return Buffer.concat([Buffer.from('%PDF-1.4\n%'), Buffer.alloc(length, 'x'), Buffer.from('\n'), file]);
}

/** Each looks like the beginning of a compressed stream, and is none. */
function fakes(length: number): Buffer {
  return Buffer.concat([Buffer.from('%PDF-1.4\n'), Buffer.alloc(length, Buffer.from('stream\nx\x9c', 'latin1'))]);
}
