// The media type from the bytes, and when the declared one is a lie.
import { expect, test } from 'vitest';
import { mediaTypeProcessor } from '../../../src/processing/processors/media-type.ts';
import { OFFICE_TYPES, docx, odt, pptx, xlsx } from '../../support/office-files.ts';
import { pdf } from '../../support/pdf.ts';
import { png } from '../../support/png.ts';
import { runProcessor } from '../../support/processor-input.ts';
import { zip } from '../../support/zip.ts';

const page = '<!DOCTYPE html><p>Hello</p>';
const prose = 'Dear Ada,\nthe barge left, at last, on Monday.\nYours, Ben\n';
const csv = 'name;cargo\n"a;b";salt\nc;tar\n';
const gzip = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

async function facts(bytes: Uint8Array | string, contentType = 'application/octet-stream') {
  const { properties } = await runProcessor(mediaTypeProcessor(), bytes, { contentType });
  return properties;
}

test.each([
  ['a PNG', png(2, 2), 'image/png'],
  ['a PDF', pdf({ pages: ['x'] }), 'application/pdf'],
  ['a Word file', docx(['x']), OFFICE_TYPES.docx],
  ['a workbook', xlsx('x', 'y'), OFFICE_TYPES.xlsx],
  ['slides', pptx(['x']), OFFICE_TYPES.pptx],
  ['an OpenDocument text', odt(['x']), OFFICE_TYPES.odt],
  ['a zip archive', zip([{ name: 'a.txt', bytes: 'a' }]), 'application/zip'],
  ['HTML', page, 'text/html'],
  ['HTML in UTF-16', Buffer.from(`\ufeff${page}`, 'utf16le'), 'text/html'],
  ['XHTML', '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"></html>', 'application/xhtml+xml'],
  ['XML', '<?xml version="1.0"?><harbour/>', 'application/xml'],
  ['XML without a declaration', '<harbour><quay/></harbour>', 'application/xml'],
  ['SVG after a comment', '<!-- drawn --><svg xmlns="http://www.w3.org/2000/svg"/>', 'image/svg+xml'],
  ['JSON', '{"a": [1, 2]}', 'application/json'],
  ['JSON longer than the sample', `{"a": "${'x'.repeat(100_000)}"}`, 'application/json'],
  ['CSV', csv, 'text/csv'],
  ['Markdown', '# Title\n\n- one\n- two\n', 'text/markdown'],
  ['a script with comments', '# set up\nset -e\necho done\n', 'text/plain'],
  ['prose with commas', prose, 'text/plain'],
  ['broken JSON', '{"a": ', 'text/plain'],
  ['prose that begins like a bitmap', 'BMW and MAN build engines.\n', 'text/plain'],
  ['Latin-1', Buffer.from('Grüße aus Köln', 'latin1'), 'text/plain'],
  ['text with NUL', 'one\0two three four', 'text/plain'],
  ['unknown bytes', Buffer.from([1, 2, 3, 0xfe, 5, 6, 7, 0xff, 0x80, 0, 0, 0]), null],
  ['no bytes', '', null],
])('%s is detected', async (_, bytes, detected) => {
  expect(await facts(bytes)).toEqual({ detected, declared: 'application/octet-stream', matches: true });
});

test.each([
  ['another name of the type', 'image/jpg', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16])],
  ['a parameter and upper case', 'TEXT/HTML; charset=utf-8', page],
  ['text/xml for XML', 'text/xml', '<?xml version="1.0"?><a/>'],
  ['a type built on XML', 'application/rss+xml', '<?xml version="1.0"?><rss/>'],
  ['zip for an Office file', 'application/zip', docx(['x'])],
  ['an Office type for a zip', OFFICE_TYPES.docx, zip([{ name: 'a.txt', bytes: 'a' }])],
  ['a zip by the name of Windows', 'application/x-zip-compressed', zip([{ name: 'a', bytes: 'a' }])],
  ['gzip by its old name', 'application/x-gzip', gzip],
  ['plain text for HTML', 'text/plain', page],
  ['CSV for prose', 'text/csv', prose],
  ['a workbook for CSV, as Windows says', 'application/vnd.ms-excel', csv],
  ['old Word for new Word', 'application/msword', docx(['x'])],
  ['old Word for RTF', 'application/msword', '{\\rtf1 Hello}'],
  ['an unknown type for unknown bytes', 'application/x-own', Buffer.from([1, 2, 3, 0xfe, 0, 0, 0, 0])],
  ['anything for no bytes', 'image/png', ''],
])('%s is no lie', async (_, contentType, bytes) => {
  expect(await facts(bytes, contentType)).toMatchObject({ matches: true });
});

test.each([
  ['HTML as an image', 'image/png', page, 'text/html'],
  [
    'a program as a PDF',
    'application/pdf',
    Buffer.from('MZ\x90\0\x03\0\0\0\x04\0\0\0', 'latin1'),
    'application/x-msdownload',
  ],
  ['an image as text', 'text/plain', png(2, 2), 'image/png'],
  ['a PNG as a JPEG', 'image/jpeg', png(2, 2), 'image/png'],
  ['unknown bytes as a PNG', 'image/png', Buffer.from([1, 2, 3, 0xfe, 5, 0, 0, 0]), null],
  ['unknown bytes as text', 'text/plain', Buffer.from([1, 2, 3, 0xfe, 5, 0, 0, 0]), null],
  ['a zip as a PDF', 'application/pdf', zip([{ name: 'a', bytes: 'a' }]), 'application/zip'],
])('%s is recorded, and refused where configured', async (_, contentType, bytes, detected) => {
  expect(await facts(bytes, contentType)).toEqual({ detected, declared: contentType, matches: false });
  const strict = runProcessor(mediaTypeProcessor({ refuseMismatch: true }), bytes, { contentType });
  await expect(strict).rejects.toMatchObject({
    name: 'ProcessingError',
    code: 'MEDIA_TYPE_MISMATCH',
    retryable: false,
  });
});
