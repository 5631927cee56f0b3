// The list of files of the client without a network: pages and changes in any order that a server may send.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FileFilter, FileOrder } from '../../packages/client/src/generated/operations.ts';
import { FileList } from '../../packages/client/src/live/file-list.ts';
import { attributesFit } from '../../packages/client/src/live/filter.ts';
import { NEWEST_FIRST, comparing } from '../../packages/client/src/live/order.ts';
import { type ModelFile, fileNamed } from './model-file.ts';

const names = (list: FileList): string[] => list.files.map(({ name }) => name);

const listOf = (filter: FileFilter = {}, onUndecided: (file: ModelFile) => void = () => undefined): FileList =>
  new FileList({ filter, compare: comparing({ field: 'NAME' }), onUndecided });

describe('a list of files', () => {
  it('ignores a change that it was read after', () => {
    const list = listOf();
    list.replace({ files: [fileNamed('a', { version: 2, state: 'PROCESSING' })], hasMore: false });
    expect(list.apply('file_a', fileNamed('a', { version: 1, state: 'UPLOADING' }))).toBe(false);
    expect(list.get('file_a')).toMatchObject({ version: 2, state: 'PROCESSING' });
  });

  it('shows nothing beyond its last page, and what lies within it', () => {
    const list = listOf();
    list.replace({ files: [fileNamed('b'), fileNamed('d')], hasMore: true });
    expect(list.apply('file_e', fileNamed('e'))).toBe(false);
    expect(list.apply('file_c', fileNamed('c'))).toBe(true);
    expect(list.apply('file_d', null)).toBe(true);
    // The page went as far as d, though d is gone.
    expect(list.apply('file_cc', fileNamed('cc'))).toBe(true);
    expect(names(list)).toEqual(['b', 'c', 'cc']);
    expect(list.hasMore).toBe(true);
  });

  it('takes what has changed while a page was read as it is, not as it was', () => {
    const list = listOf({ states: ['FAILED'] });
    const failed = (name: string, version = 3): ModelFile => fileNamed(name, { state: 'FAILED', version });
    list.replace({ files: [failed('a')], hasMore: true });
    list.beginPage();
    list.apply('file_b', null);
    list.apply('file_c', fileNamed('c', { state: 'UNTRACKED', version: 4 }));
    list.apply('file_d', failed('d', 5));
    // It has entered after the page was read, within it.
    list.apply('file_cc', failed('cc'));
    list.addPage({ files: [failed('b'), failed('c'), failed('d'), failed('e')], hasMore: true });
    expect(list.files.map(({ name, version }) => [name, version])).toEqual([
      ['a', 3],
      ['cc', 3],
      ['d', 5],
      ['e', 3],
    ]);
  });

  it('does not let the feed bring back what an answer has taken out', () => {
    const list = listOf({ states: ['FAILED'] });
    list.replace({ files: [fileNamed('a', { state: 'FAILED', version: 3 })], hasMore: false });
    expect(list.applyAnswer(fileNamed('a', { state: 'UPLOADING', version: 5 }))).toBe(true);
    expect(list.apply('file_a', fileNamed('a', { state: 'FAILED', version: 4 }))).toBe(false);
    expect(list.apply('file_a', fileNamed('a', { state: 'UPLOADING', version: 5 }))).toBe(false);
    expect(list.apply('file_a', fileNamed('a', { state: 'FAILED', version: 6 }))).toBe(true);
    expect(names(list)).toEqual(['a']);
  });

  it('is not set back by what was read before an answer came', () => {
    const list = listOf({ states: ['FAILED', 'UNTRACKED'] });
    const failed = (name: string): ModelFile => fileNamed(name, { state: 'FAILED', version: 3 });
    list.replace({ files: [failed('a'), failed('b')], hasMore: false });
    list.beginReading();
    for (const [name, state] of [
      ['a', 'UNTRACKED'],
      ['b', 'UPLOADING'],
      ['c', 'UNTRACKED'],
    ] as const) {
      list.applyAnswer(fileNamed(name, { state, version: 4 }));
    }
    list.replace({ files: ['a', 'b', 'c', 'd'].map(failed), hasMore: true });
    const shown = (): unknown => list.files.map(({ name, state, version }) => [name, state, version]);
    const expected = [
      ['a', 'UNTRACKED', 4],
      ['c', 'UNTRACKED', 4],
      ['d', 'FAILED', 3],
    ];
    expect(shown()).toEqual(expected);
    // The feed comes to it.
    expect(list.apply('file_b', failed('b'))).toBe(false);
    list.beginPage();
    list.applyAnswer(fileNamed('e', { state: 'UNTRACKED', version: 4 }));
    list.addPage({ files: [failed('e')], hasMore: true });
    expect(shown()).toEqual([...expected, ['e', 'UNTRACKED', 4]]);
    // What came before a reading is not newer than what is read, however high its version: the log may have been taken back.
    list.applyAnswer(fileNamed('a', { state: 'UNTRACKED', version: 9 }));
    list.beginReading();
    list.replace({ files: [failed('a')], hasMore: false });
    expect(shown()).toEqual([['a', 'FAILED', 3]]);
  });

  it('asks once about a file, however often it changes, until there is an answer', () => {
    const asked: string[] = [];
    const list = listOf({ nameContains: 'é' }, ({ id }) => void asked.push(id));
    list.replace({ files: [], hasMore: false });
    for (let version = 0; version < 5; version += 1) list.apply('file_É', fileNamed('É', { version }));
    expect(asked).toEqual(['file_É']);
    list.decide('file_É', false);
    list.apply('file_É', fileNamed('É', { version: 5 }));
    expect(asked).toEqual(['file_É']);
  });

  it('leaves a file that is not in it to the feed, whatever an answer says', () => {
    const list = listOf();
    list.replace({ files: [], hasMore: false });
    expect(list.applyAnswer(fileNamed('a'))).toBe(false);
  });

  it('asks the server where only its database knows, and shows the newest version then', () => {
    const asked: string[] = [];
    const list = listOf({ nameContains: 'é' }, ({ id }) => void asked.push(id));
    list.replace({ files: [], hasMore: false });
    list.apply('file_CAFÉ', fileNamed('CAFÉ'));
    list.apply('file_CAFÉ', fileNamed('CAFÉ', { version: 1, state: 'UPLOADING' }));
    expect(asked).toContain('file_CAFÉ');
    expect(list.size).toBe(0);
    expect(list.decide('file_CAFÉ', true)).toBe(true);
    expect(list.get('file_CAFÉ')).toMatchObject({ version: 1 });
    list.apply('file_CAFÉ', fileNamed('CAFÉ', { version: 2, state: 'PROCESSING' }));
    expect(list.get('file_CAFÉ')).toMatchObject({ version: 2 });
  });
});

describe('a filter', () => {
  const file = fileNamed('Report 文.pdf', { metadata: { project: 'x', tags: ['a', { b: 1, c: [2, 3] }] } });

  it.each<[FileFilter, boolean | null]>([
    [{}, true],
    [{ nameContains: 'report' }, true],
    [{ nameContains: '文' }, true],
    [{ nameContains: 'reports' }, false],
    [{ nameContains: 'É' }, null],
    [{ contentTypes: ['text/plain'] }, true],
    [{ contentTypes: [] }, false],
    [{ createdAfter: '2026-11-27T12:00:00+02:00' }, true],
    [{ createdAfter: '2026-11-27T10:00:00.001Z' }, false],
    [{ createdBefore: '2026-11-27T10:00:00Z' }, false],
    [{ metadata: { project: 'x' } }, true],
    [{ metadata: { project: ['x'] } }, false],
    [{ metadata: { tags: [{ c: [3] }, 'a', 'a'] } }, true],
    [{ metadata: { tags: ['z'] } }, false],
    [{ metadata: { tags: { 0: 'a' } } }, false],
    [{ metadata: { toString: null } }, false],
  ])('%j', (filter, fits) => {
    expect(attributesFit(filter, file)).toBe(fits);
  });
});

describe('an order', () => {
  const sorted = (order: FileOrder, files: ModelFile[]): string[] =>
    files.toSorted(comparing(order)).map(({ name }) => name);

  it('is that of code points', () => {
    // U+1F600 is D83D DE00 in UTF-16, which is less than U+FF5E.
    const files = ['～', '😀', 'a', 'B'].map((name) => fileNamed(name));
    expect(sorted({ field: 'NAME' }, files)).toEqual(['B', 'a', '～', '😀']);
  });

  it('of code points is that of UTF-8', () => {
    const texts = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        const expected = Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b)));
        const actual = comparing({ field: 'NAME' })(fileNamed(a, { id: 'file_1' }), fileNamed(b, { id: 'file_1' }));
        expect(Math.sign(actual)).toBe(expected);
      }),
    );
  });

  it('is by id where files are equal, in the same direction', () => {
    const files = ['b', 'a', 'c'].map((name) => fileNamed(name));
    expect(sorted(NEWEST_FIRST, files)).toEqual(['c', 'b', 'a']);
    expect(sorted({ field: 'SIZE', direction: 'ASC' }, files)).toEqual(['a', 'b', 'c']);
  });
});
