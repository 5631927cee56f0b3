// What zip archives say of themselves, hostile ones included. Nothing is unpacked.
import { expect, test } from 'vitest';
import { archiveProcessor } from '../../../src/processing/processors/archive.ts';
import { OFFICE_TYPES, docx } from '../../support/office-files.ts';
import { runProcessor } from '../../support/processor-input.ts';
import { nestedZip } from '../../support/sample-files.ts';
import { zip } from '../../support/zip.ts';

const archive = archiveProcessor();

async function facts(bytes: Uint8Array, processor = archive) {
  return (await runProcessor(processor, bytes, { contentType: 'application/zip' })).properties;
}

test('entries, sizes and names are listed', async () => {
  const bytes = zip([
    { name: 'docs/', bytes: '', stored: true },
    { name: 'docs/größe.txt', bytes: 'x'.repeat(1000) },
    { name: 'secret.txt', bytes: 'x', encrypted: true },
  ]);
  expect(await facts(bytes)).toEqual({
    format: 'zip',
    entries: 3,
    complete: true,
    uncompressedSize: 1001,
    encrypted: 1,
    unsafe: 0,
    nested: 0,
    bomb: [],
    names: ['docs/', 'docs/größe.txt', 'secret.txt'],
  });
});

test.each(['../../etc/cron.d/x', '/etc/passwd', 'C:/windows/x', '..\\..\\x', 'a/../../x', 'a\0.txt'])(
  'a name that leads out is flagged: %j',
  async (name) => {
    expect(await facts(zip([{ name, bytes: 'x' }]))).toMatchObject({ entries: 1, unsafe: 1 });
  },
);

test('a bomb nested ten deep is one archive with ten in it, which are not opened', async () => {
  expect(await facts(nestedZip(10))).toMatchObject({ entries: 10, nested: 10, unsafe: 0, complete: true });
});

test('a bomb is recorded, and refused where configured', async () => {
  const bomb = zip([{ name: 'zeros', bytes: Buffer.alloc(65 << 20) }]);
  expect(await facts(bomb)).toMatchObject({ bomb: ['RATIO'] });
  const strict = facts(bomb, archiveProcessor({ refuseBombs: true }));
  await expect(strict).rejects.toMatchObject({ code: 'ARCHIVE_BOMB', retryable: false });
});

test('many long names stay within the properties', async () => {
  const entries = Array.from({ length: 3000 }, (_, index) => ({ name: `${index}-${'漢"'.repeat(500)}`, bytes: '' }));
  const found = await facts(zip(entries));
  expect(found).toMatchObject({ entries: 3000, complete: true });
  expect(Buffer.byteLength(JSON.stringify(found))).toBeLessThan(16 * 1024);
  const short = await facts(zip(Array.from({ length: 3000 }, (_, index) => ({ name: `${index}`, bytes: '' }))));
  expect(short?.['names']).toHaveLength(100);
});

test('65,535 entries are read in a stream', async () => {
  const entries = Array.from({ length: 65_535 }, (_, index) => ({ name: `n${index}`, bytes: '', stored: true }));
  expect(await facts(zip(entries))).toMatchObject({ entries: 65_535, complete: true });
});

test.each([
  ['no bytes', Buffer.alloc(0)],
  ['no directory', zip([{ name: 'a', bytes: 'a' }]).subarray(0, 40)],
  ['a directory that is cut off', cutDirectory()],
  ['a stored entry whose size is a lie', zip([{ name: 'a', bytes: 'a', stored: true, declaredSize: 10 }])],
])('%s is ARCHIVE_BROKEN', async (_, bytes) => {
  await expect(facts(bytes)).rejects.toMatchObject({ code: 'ARCHIVE_BROKEN', retryable: false });
});

test('Office files are left to another processor, whole or cut off', () => {
  const file = {
    id: 'file_0',
    name: 'x',
    contentType: OFFICE_TYPES.docx,
    size: docx(['x']).length,
    sha256: '',
    metadata: {},
  };
  expect(archive.accepts(OFFICE_TYPES.docx, file)).toBe(false);
  expect(archive.accepts('application/zip', file)).toBe(false);
  expect(archive.accepts('application/zip', { ...file, contentType: 'application/zip' })).toBe(true);
  expect(archive.accepts('application/java-archive', { ...file, contentType: 'application/java-archive' })).toBe(true);
});

/** The end record is there, and points to a directory of which the beginning is missing. */
function cutDirectory(): Buffer {
  const whole = zip([{ name: 'a', bytes: 'a' }]);
  return whole.subarray(32);
}
