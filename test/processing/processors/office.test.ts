// Text of Office files, and what happens with those that are broken, locked or bombs.
import { expect, test } from 'vitest';
import { officeProcessor } from '../../../src/processing/processors/office.ts';
import { OFFICE_TYPES, docx, odt, pptx, rawXlsx, xlsx } from '../../support/office-files.ts';
import { runProcessor } from '../../support/processor-input.ts';
import { zip } from '../../support/zip.ts';

const office = officeProcessor();
const read = (bytes: Uint8Array, contentType = OFFICE_TYPES.docx) => runProcessor(office, bytes, { contentType });

test('Word: paragraphs, tabs, notes, title and author; not what was deleted', async () => {
  const bytes = docx(['First &amp; last', 'a</w:t><w:tab/><w:delText>gone</w:delText><w:t>b', '<![CDATA[x]]>']);
  expect(await read(bytes)).toEqual({
    properties: { kind: 'document', title: 'Harbour log', author: 'Ada', truncated: false },
    text: 'First & last\na\tb\nx\n',
  });
});

test('Excel: names of sheets, shared and inline strings, numbers and what formulas gave', async () => {
  const { properties, text } = await read(xlsx('Coils of rope', 'inline cell'), OFFICE_TYPES.xlsx);
  expect(properties).toEqual({ kind: 'spreadsheet', sheets: 1, truncated: false });
  expect(text).toContain('Barges\n');
  expect(text).toContain('Coils of rope\n');
  expect(text).toContain('inline cell');
  const cells = '<c r="A1"><v>4711</v></c><c t="str"><v>made</v></c><c t="s"><v>99</v></c><c t="b"><v>88</v></c>';
  const numbers = await read(rawXlsx({ 'xl/worksheets/sheet1.xml': `<row>${cells}</row>` }), OFFICE_TYPES.xlsx);
  expect(numbers.text?.split(/\s+/).filter((word) => word !== '')).toEqual(['4711', 'made']);
});

test('PowerPoint: slides in the order of their numbers', async () => {
  const slides = Array.from({ length: 12 }, (_, index) => `slide ${index + 1}`);
  const { properties, text } = await read(pptx(slides), OFFICE_TYPES.pptx);
  expect(properties).toEqual({ kind: 'presentation', slides: 12, truncated: false });
  expect(text?.trim().split('\n')).toEqual(slides);
});

test('OpenDocument: text with spaces and tabs, not what was deleted', async () => {
  const deleted = '</text:p><text:tracked-changes><text:p>gone</text:p></text:tracked-changes><text:p>';
  const bytes = odt(['one<text:s/>two<text:tab/><text:span>three</text:span>', deleted]);
  const { properties, text } = await read(bytes, OFFICE_TYPES.odt);
  expect(properties).toMatchObject({ kind: 'opendocument', truncated: false });
  expect(text).toMatch(/^one two three\n\s*$/);
});

test('entities that a part declares are not expanded', async () => {
  const xml =
    '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd"><!ENTITY a "laughs"><!ENTITY b "&a;&a;">]>' +
    '<w:document><w:p><w:t>&b;&f; still here</w:t></w:p></w:document>';
  const bytes = zip([{ name: 'word/document.xml', bytes: xml }]);
  expect((await read(bytes)).text).toBe('&b;&f; still here\n');
});

test('text is cut at 1 MiB', async () => {
  const { properties, text } = await read(docx(Array.from({ length: 200_000 }, (_, index) => `paragraph ${index}`)));
  expect(properties).toMatchObject({ truncated: true });
  expect(Buffer.byteLength(text ?? '')).toBe(1 << 20);
});

test('a part nested too deeply is read down to a limit', async () => {
  const bytes = zip([
    { name: 'word/document.xml', bytes: `<w:t>top</w:t>${'<a>'.repeat(300_000)}${'</b>'.repeat(300_000)}` },
  ]);
  expect(await read(bytes)).toMatchObject({ properties: { truncated: true }, text: 'top' });
});

const word = docx(['Forty sailors']);
test.each([
  ['cut in half', word.subarray(0, word.length / 2), 'OFFICE_BROKEN'],
  ['without its last byte', word.subarray(0, -1), 'OFFICE_BROKEN'],
  ['of no bytes', Buffer.alloc(0), 'OFFICE_BROKEN'],
  ['that is another archive', zip([{ name: 'a.txt', bytes: 'a' }]), 'OFFICE_BROKEN'],
  ['whose data is damaged', damaged(), 'OFFICE_BROKEN'],
  [
    'whose size is a lie',
    zip([{ name: 'word/document.xml', bytes: 'x'.repeat(999), declaredSize: 5 }]),
    'OFFICE_BROKEN',
  ],
  ['that is a bomb', zip([{ name: 'word/document.xml', bytes: Buffer.alloc(65 << 20, 'x') }]), 'OFFICE_TOO_LARGE'],
  ['with an encrypted part', zip([{ name: 'word/document.xml', bytes: 'x', encrypted: true }]), 'OFFICE_ENCRYPTED'],
  [
    'of OpenDocument with a password',
    zip([
      { name: 'content.xml', bytes: 'xxxx' },
      { name: 'META-INF/manifest.xml', bytes: '<manifest:encryption-data/>' },
    ]),
    'OFFICE_ENCRYPTED',
  ],
])('a file %s ends with its code', async (_, bytes, code) => {
  await expect(read(bytes)).rejects.toMatchObject({ name: 'ProcessingError', code, retryable: false });
});

test('a Word file with a password is a compound file, which is accepted and refused', async () => {
  const file = { id: 'file_0', name: 'x', contentType: OFFICE_TYPES.docx, size: 1, sha256: '', metadata: {} };
  expect(office.accepts('application/x-cfb', file)).toBe(true);
  const found = { 'media-type': { detected: 'application/x-cfb' } };
  const locked = runProcessor(office, 'anything', { contentType: OFFICE_TYPES.docx, found });
  await expect(locked).rejects.toMatchObject({ code: 'OFFICE_ENCRYPTED' });
});

test('old Office files and other archives are not accepted', () => {
  const file = { id: 'file_0', name: 'x', contentType: 'application/msword', size: 1, sha256: '', metadata: {} };
  expect(office.accepts('application/x-cfb', file)).toBe(false);
  expect(office.accepts('application/zip', { ...file, contentType: 'application/zip' })).toBe(false);
});

/** Bytes in the middle of the compressed data are overwritten. */
function damaged(): Buffer {
  const bytes = zip([{ name: 'word/document.xml', bytes: 'x'.repeat(50_000).replaceAll('xx', 'xy') }]);
  return Buffer.from(bytes).fill(0xff, 60, 90);
}
