// Signals as bytes: what was printed is parsed, and whatever else comes is no batch.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonText } from '../../../src/entities/json-text.ts';
import type { LoggedChange } from '../../../src/feed/change.ts';
import { parseHead, parseSignal, printSignal } from '../../../src/feed/notify/feed-signal.ts';
import { makeChange, makeFile, placeAt } from '../../support/feed.ts';

const FILE_ID = '018f0000-0000-7000-8000-000000000000';
const ATTEMPT_ID = '018f0000-0000-7000-8000-00000000000a';

/** As the log is read: JSON is text. */
function changeAt(position: number, metadata = '{"a": 1e308}'): LoggedChange {
  const file = makeFile({ metadata: new JsonText(metadata), properties: new JsonText('{}') });
  const failure = { code: 'TIMEOUT', message: 'it took too long', retryable: true };
  const transition = {
    fileId: FILE_ID,
    event: 'START_UPLOAD' as const,
    from: 'UNTRACKED' as const,
    to: 'UPLOADING' as const,
    version: 1,
    attemptId: ATTEMPT_ID,
    actor: 'somebody',
    failure: position % 2 === 0 ? failure : null,
    occurredAt: '2026-01-01T00:00:00.000Z',
  };
  return makeChange(position, file, { transition });
}

const signal = { head: 7, batch: { after: placeAt(4), changes: [5, 6, 7].map((position) => changeAt(position)) } };
const text = printSignal(signal, 2 ** 20).toString();

type Loose = Record<string, unknown>;
/** The signal with something changed. */
function changed(
  change: (signal: Loose & { changes: (Loose & { file: Loose; transition: Loose })[] }) => void,
): string {
  const parsed = JSON.parse(text);
  change(parsed);
  return JSON.stringify(parsed);
}

describe('a signal', () => {
  it('is parsed as it was printed', () => {
    expect(parseSignal(text)).toEqual(signal);
    const alone = { head: 2 ** 52, batch: null };
    expect(parseSignal(printSignal(alone, 2 ** 20).toString())).toEqual(alone);
  });

  it('has a tenant and words of any characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.jsonValue(), (word, value) => {
        const one = { ...changeAt(5, JSON.stringify({ value })), tenant: word };
        const batch = { after: placeAt(4), changes: [{ ...one, file: { ...one.file, name: word } }] };
        expect(parseSignal(printSignal({ head: 5, batch }, 2 ** 20).toString())).toEqual({ head: 5, batch });
      }),
    );
  });

  it('carries the head alone where it would be too long, or has a change that cannot be read', () => {
    const long = { ...signal, batch: { after: placeAt(4), changes: [changeAt(5, `{"a": "${'x'.repeat(5_000)}"}`)] } };
    expect(parseSignal(printSignal(long, 5_000).toString())).toEqual({ head: 7, batch: null });
    expect(parseSignal(printSignal(signal, text.length).toString())).toEqual(signal);
    expect(parseSignal(printSignal(signal, text.length - 1).toString())).toEqual({ head: 7, batch: null });
    const damaged = { after: placeAt(4), changes: [changeAt(5), { ...changeAt(6), isDamaged: true as const }] };
    expect(parseSignal(printSignal({ head: 6, batch: damaged }, 2 ** 20).toString())).toEqual({ head: 6, batch: null });
  });

  it.each(['', '7', 'null', '[]', '{}', '{"head":-1}', '{"head":1.5}', '{"head":"7"}', '{"head":1e300}', `${text} x`])(
    '%j is none',
    (other) => {
      expect(parseSignal(other)).toBeNull();
    },
  );

  it.each<[string, string]>([
    ['no place', changed((its) => delete its['after'])],
    ['a place without a fingerprint', changed((its) => (its['after'] = { position: 4 }))],
    ['a fingerprint of more than 32 bits', changed((its) => (its['after'] = { position: 4, fingerprint: 2 ** 31 }))],
    ['a gap behind the place', changed((its) => (its['after'] = { position: 3, fingerprint: 3 }))],
    ['a gap between changes', changed((its) => its.changes.splice(1, 1))],
    ['changes that are no list', changed((its) => ((its as Loose)['changes'] = { length: 3 }))],
    ['a change that is null', changed((its) => ((its.changes as unknown[])[1] = null))],
    ['a kind that is not logged', changed((its) => (its.changes[1]!['kind'] = 'PROGRESSED'))],
    ['a tenant that is no text', changed((its) => (its.changes[1]!['tenant'] = ['local']))],
    ['a file of another change', changed((its) => (its.changes[1]!.file['id'] = ATTEMPT_ID))],
    ['a file without a name', changed((its) => delete its.changes[1]!.file['name'])],
    ['a state that there is not', changed((its) => (its.changes[1]!.file['state'] = 'LOST'))],
    ['metadata that is no text', changed((its) => (its.changes[1]!.file['metadata'] = {}))],
    ['long metadata that is no JSON', changed((its) => (its.changes[1]!.file['metadata'] = `{${'x'.repeat(70_000)}}`))],
    ['a transition of another version', changed((its) => (its.changes[1]!.transition['version'] = 2))],
    ['a transition without what it is', changed((its) => ((its.changes[1] as Loose)['transition'] = null))],
    ['a time that is none', changed((its) => (its.changes[1]!['occurredAt'] = 'yesterday'))],
    ['a change that could not be read', changed((its) => (its.changes[1]!['isDamaged'] = true))],
  ])('with %s has no batch', (_what, other) => {
    expect(parseSignal(other)).toEqual({ head: 7, batch: null });
  });

  it('of a newer version may have fields that this one does not know', () => {
    const newer = changed((its) => {
      its['sender'] = 'a newer version';
      its.changes[1]!.file['colour'] = 'blue';
    });
    expect(parseSignal(newer)).toMatchObject(signal);
  });
});

it('a head is a position in decimal, and nothing else', () => {
  for (const head of ['0', '7', String(Number.MAX_SAFE_INTEGER)]) expect(parseHead(head)).toBe(Number(head));
  for (const other of ['', ' 7', '7 ', '07', '-7', '7.0', '1e3', '0x7', 'NaN', '9007199254740992', '7\n'])
    expect(parseHead(other)).toBeNull();
});
