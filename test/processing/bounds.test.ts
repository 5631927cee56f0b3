// The bounds on what comes out of a child: frames, findings, progress.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Collected } from '../../src/processing/findings.ts';
import { DEFAULT_LIMITS } from '../../src/processing/limits.ts';
import { type Progress, ProgressOverAll } from '../../src/processing/progress.ts';
import { FrameReader, FrameTooLarge, encodeFrame } from '../../src/processing/sandbox/frames.ts';

const KIB = 1024;

describe('frames', () => {
  test('arrive whole and in order, however the bytes are cut', () => {
    const frames = fc.array(fc.record({ message: fc.object({ maxDepth: 1 }), text: fc.string({ unit: 'grapheme' }) }));
    const cuts = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 });
    fc.assert(
      fc.property(frames, cuts, (sent, sizes) => {
        const bytes = Buffer.concat(sent.map(({ message, text }) => encodeFrame(message, text)));
        const reader = new FrameReader(Infinity);
        const received: unknown[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const size = sizes[turn % sizes.length]!;
          received.push(...reader.push(bytes.subarray(at, (at += size))));
        }
        const asJson = sent.map(({ message, text }) => ({
          message: JSON.parse(JSON.stringify(message)) as object,
          text,
        }));
        expect(received).toEqual(asJson);
      }),
    );
  });

  test('that are announced too long are refused before they are there', () => {
    const head = Buffer.alloc(8);
    head.writeUInt32LE(2 ** 31);
    expect(() => new FrameReader(1_000).push(head)).toThrow(FrameTooLarge);
  });

  test('with more JSON than there may be are refused before it is parsed, and however long their text may be', () => {
    const reader = new FrameReader(1_000, 100);
    expect(reader.push(encodeFrame({ type: 'done' }, 'x'.repeat(500)))).toHaveLength(1);
    const head = Buffer.alloc(8);
    head.writeUInt32LE(101);
    expect(() => reader.push(head)).toThrow(FrameTooLarge);
  });

  test('that are many are refused together, and counted anew for the next piece of work', () => {
    const frame = encodeFrame({ type: 'progress' });
    const reader = new FrameReader(10 * frame.length);
    for (let i = 0; i < 10; i += 1) reader.push(frame);
    expect(() => reader.push(frame)).toThrow(FrameTooLarge);
    reader.allow();
    expect(reader.push(frame)).toHaveLength(1);
  });
});

describe('findings', () => {
  const add = (collected: Collected, name: string, properties: Record<string, unknown>, text = '') =>
    collected.add({ name, version: '1', properties, text })?.code ?? null;

  test('of one processor are at most 16 KiB, of all 32 KiB', () => {
    const collected = new Collected(DEFAULT_LIMITS);
    const ofBytes = (bytes: number) => ({ a: 'x'.repeat(bytes - '{"a":""}'.length) });
    expect(add(collected, 'too-much', ofBytes(16 * KIB + 1))).toBe('PROCESSOR_OUTPUT_TOO_LARGE');
    expect(add(collected, 'one', ofBytes(16 * KIB))).toBeNull();
    expect(add(collected, 'two', ofBytes(15 * KIB))).toBeNull();
    expect(add(collected, 'three', ofBytes(1 * KIB))).toBe('PROCESSOR_OUTPUT_TOO_LARGE');
    expect(Object.keys(collected.properties)).toEqual(['one', 'two']);
  });

  test('of millions of items are refused as too much', () => {
    const items = Array.from({ length: 2_400_000 }, () => 0);
    expect(add(new Collected(DEFAULT_LIMITS), 'long', { items })).toBe('PROCESSOR_OUTPUT_TOO_LARGE');
  });

  test('have their processor’s version, whatever it found under that name', () => {
    const collected = new Collected(DEFAULT_LIMITS);
    add(collected, 'pdf', { version: '1.7' });
    expect(collected.properties).toEqual({ pdf: { version: '1' } });
  });

  test('join their texts with a blank line, at most so many bytes in all, cut between characters', () => {
    const collected = new Collected({ ...DEFAULT_LIMITS, textBytes: 12 });
    expect(collected.text).toBeNull();
    for (const text of ['äb', '', '€€€', 'more']) add(collected, `p${text.length}`, {}, text);
    expect(collected.text).toBe('äb\n\n€€');
  });

  test('are numbers that JSON can hold', () => {
    const collected = new Collected(DEFAULT_LIMITS);
    add(collected, 'odd', JSON.parse('{"huge": 1e999, "list": [-1e999]}') as Record<string, unknown>);
    expect(collected.properties).toEqual({ odd: { huge: null, list: [null], version: '1' } });
  });
});

test('progress is between 0 and 1 and never goes back, whatever is reported', () => {
  const seen: Progress[] = [];
  const progress = new ProgressOverAll(2, (each) => seen.push(each));
  for (const fraction of [0.5, 0.2, -1, Number.NaN, 'x', null, 1e9]) progress.at(0, fraction, 'a\u0000b\n'.repeat(200));
  progress.at(1, 0.5, undefined);
  expect(seen.map((each) => each.fraction)).toEqual([0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.5, 0.75]);
  expect(seen[0]?.message).toMatch(/^a b a b [^\n\0]{0,192}$/);
  expect(seen.at(-1)?.message).toBe('');
});
