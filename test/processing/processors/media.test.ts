// Facts of audio and video. What ffprobe may do is shown with programs in its place; where it is installed, with itself.
import { chmod, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { probe } from '../../../src/processing/media/ffprobe.ts';
import { findProgram } from '../../../src/processing/media/find-program.ts';
import { mediaProcessor } from '../../../src/processing/processors/media.ts';
import { runProcessor } from '../../support/processor-input.ts';
import { sampleFiles } from '../../support/sample-files.ts';
import { createTemporaryDir, type TemporaryDir } from '../../support/temporary-dir.ts';

const never = new AbortController().signal;
const limits = { time: 20_000, output: 100_000 };
let dir: TemporaryDir;
beforeAll(async () => {
  dir = await createTemporaryDir();
});
afterAll(() => dir.remove());

/** A program that runs this script of Node. */
async function program(name: string, script: string): Promise<string> {
  const path = await dir.write(name, `#!${process.execPath}\n${script}`);
  await chmod(path, 0o755);
  return path;
}

test('takes what is expected from the answer, and bounds it', async () => {
  const answer = {
    format: {
      format_name: 'mov,mp4',
      duration: '12.500000',
      bit_rate: 'N/A',
      tags: {
        TITLE: `Harbour\n${'x'.repeat(500)}`,
        artist: 'Ada',
        'com.apple.quicktime.location.ISO6709': '+53.5+009.9/',
      },
    },
    streams: [
      {
        codec_type: 'video',
        codec_name: 'h264',
        width: 1920,
        height: 1080,
        avg_frame_rate: '30000/1001',
        side_data_list: [{ rotation: -90 }],
      },
      { codec_type: 'audio', codec_name: 'aac', channels: 2, sample_rate: '48000', tags: { language: 'deu' } },
      ...Array.from({ length: 1000 }, () => ({ codec_type: 'data', avg_frame_rate: '0/0' })),
      'nonsense',
    ],
  };
  const ffprobe = await program('answers', `console.log(${JSON.stringify(JSON.stringify(answer))})`);
  const { properties, text } = await runProcessor(mediaProcessor({ ffprobe }), 'bytes', { contentType: 'video/mp4' });
  expect(properties).toMatchObject({
    container: 'mov,mp4',
    durationSeconds: 12.5,
    streams: expect.arrayContaining([
      { kind: 'video', codec: 'h264', width: 1920, height: 1080, rotation: -90, framesPerSecond: 29.97 },
      { kind: 'audio', codec: 'aac', channels: 2, sampleRate: 48_000, language: 'deu' },
    ]),
    moreStreams: 983,
    tags: { title: expect.stringMatching(/^Harbour x{10,200}$/), artist: 'Ada' },
  });
  expect(properties).not.toHaveProperty('bitRate');
  expect(text).toMatch(/^Harbour x+\nAda$/);
  expect(JSON.stringify(properties)).not.toContain('53.5');
  expect(JSON.stringify(properties).length).toBeLessThan(8192);
});

test('runs it without an environment, on this file only, and on no network', async () => {
  const ffprobe = await program(
    'echoes',
    'console.log(JSON.stringify({ format: { env: process.env, args: process.argv.slice(2) } }))',
  );
  const { format } = await probe(ffprobe, '/any/a file; $(x)', never, limits);
  expect(format['env']).toEqual({});
  const args = format['args'] as string[];
  expect(args.slice(-2)).toEqual(['-i', 'file:/any/a file; $(x)']);
  expect(args[args.indexOf('-protocol_whitelist') + 1]).toBe('file');
  expect(args[args.indexOf('-format_whitelist') + 1]).not.toMatch(/hls|concat|dash|image/);
});

describe('a program that', () => {
  test.each([
    ['fails', 'process.exitCode = 1'],
    ['prints no JSON', 'console.log("{")'],
    ['prints without end', 'const loop = () => process.stdout.write("x".repeat(65536), loop); loop()'],
  ])('%s is MEDIA_BROKEN', async (name, script) => {
    const ffprobe = await program(name.replaceAll(' ', '-'), script);
    await expect(probe(ffprobe, '/x', never, limits)).rejects.toMatchObject({ code: 'MEDIA_BROKEN', retryable: false });
  });

  test('answers with something else gives no facts', async () => {
    const ffprobe = await program('null', 'console.log("[null, 1]")');
    expect(await probe(ffprobe, '/x', never, limits)).toEqual({ format: {}, streams: [] });
  });

  test('hangs is killed with what it started', async () => {
    const ffprobe = await dir.write('hangs', `#!/bin/sh\nsleep 1000 & echo $! > ${join(dir.path, 'pid')}; wait\n`);
    await chmod(ffprobe, 0o755);
    const hanging = probe(ffprobe, '/x', never, { ...limits, time: 2000 });
    await expect(hanging).rejects.toMatchObject({ code: 'MEDIA_TIMEOUT', retryable: false });
    await expectGone(join(dir.path, 'pid'));
  });

  test('runs when processing is cancelled is killed', async () => {
    const ffprobe = await program('waits', 'setInterval(() => {}, 1000)');
    await expect(probe(ffprobe, '/x', AbortSignal.timeout(300), limits)).rejects.toMatchObject({
      name: 'TimeoutError',
    });
  });

  test('is not there is an error of this machine, not of the file', async () => {
    await expect(probe('/nowhere/ffprobe', '/x', never, limits)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

test('music in notes is not accepted, video by any name is', () => {
  const media = mediaProcessor({ ffprobe: '/x' });
  const file = { id: 'file_0', name: 'x', contentType: '', size: 1, sha256: '', metadata: {} };
  expect(['video/quicktime', 'audio/x-wav', 'video/webm', 'audio/mp3'].every((type) => media.accepts(type, file))).toBe(
    true,
  );
  expect(['audio/midi', 'image/png', 'application/x-mpegurl'].some((type) => media.accepts(type, file))).toBe(false);
});

test('a program is found in absolute folders only, and only if it can be run', async () => {
  const found = await program('tool', '');
  await dir.write('plain', '');
  await mkdir(join(dir.path, 'folder'));
  const path = `relative:${join(dir.path, 'none')}:${dir.path}`;
  expect(findProgram('tool', path)).toBe(found);
  for (const name of ['plain', 'folder', 'absent']) expect(findProgram(name, path)).toBeNull();
  expect(findProgram('tool', '.')).toBeNull();
});

const ffprobe = findProgram('ffprobe', process.env['PATH'] ?? '');
describe.runIf(ffprobe)('ffprobe of this machine', () => {
  const media = mediaProcessor({ ffprobe: ffprobe ?? '' });

  test('tells what is in a WAV file', async () => {
    const wav = sampleFiles().find(({ name }) => name === 'tone.wav');
    const { properties } = await runProcessor(media, wav?.bytes ?? '', { contentType: 'audio/wav' });
    expect(properties).toMatchObject({
      container: 'wav',
      durationSeconds: 0.1,
      streams: [{ kind: 'audio', codec: 'pcm_u8', channels: 1, sampleRate: 8000 }],
    });
  });

  test.each([
    ['a playlist', '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n'],
    ['a script that names files', "ffconcat version 1.0\nfile '/etc/passwd'\n"],
    ['text', 'no media'],
    ['nothing', ''],
  ])('opens no other file for %s', async (_, bytes) => {
    await expect(runProcessor(media, bytes, { contentType: 'video/mp4' })).rejects.toMatchObject({
      code: 'MEDIA_BROKEN',
    });
  });
});

async function expectGone(pidFile: string): Promise<void> {
  const pid = Number(await readFile(pidFile, 'utf8'));
  for (let attempt = 0; attempt < 200 && (await isRunning(pid)); attempt += 1) await sleep(50);
  expect(await isRunning(pid)).toBe(false);
}

/** Not one that has ended and waits for a parent to hear of it. */
async function isRunning(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return !/\) [ZX] /.test(status);
}
