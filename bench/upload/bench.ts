// Throughput of a tus PATCH with digest, against a bare node:http server that pipes a PUT to a file and flushes it. Same
// disk, same run; the client is a separate process.
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench, Report } from '../bench.ts';
import { readPeakMemory } from '../host/peak-memory.ts';
import type { Testbed } from '../host/testbed.ts';
import { atLeast, figureOf } from '../measure/figure.ts';
import { takeTurns } from '../measure/rounds.ts';
import { tell } from '../output/numbers.ts';
import { Worker } from '../workers/worker.ts';
import type { PutServerCalls } from './put-server.ts';
import type { SenderCalls, Upload } from './sender.ts';
import { registerUpload, removeUpload, requireUploaded } from './tus.ts';

const MIB = 2 ** 20;

interface Shape {
  readonly streams: number;
  /** Of each. */
  readonly bytes: number;
}

const FULL: Readonly<Record<'one' | 'many', Shape>> = {
  one: { streams: 1, bytes: 256 * MIB },
  many: { streams: 8, bytes: 64 * MIB },
};
const QUICK: typeof FULL = { one: { streams: 1, bytes: 16 * MIB }, many: { streams: 4, bytes: 4 * MIB } };

/** Sends a shape to one side. @returns MiB a second */
type Send = (shape: Shape) => Promise<number>;

const rateOf = ({ streams, bytes }: Shape, seconds: number): number => (streams * bytes) / MIB / seconds;

function sendByTus(url: string, sender: Worker<SenderCalls>): Send {
  return async (shape) => {
    const files = [];
    for (let at = 0; at < shape.streams; at += 1) files.push(await registerUpload(url, shape.bytes));
    const { seconds } = await sender.call(
      'sendAll',
      files.map(({ upload }) => upload),
    );
    const sha256 = await sender.call('sha256Of', shape.bytes);
    for (const file of files) await requireUploaded(url, file, sha256);
    for (const file of files) await removeUpload(url, file);
    return rateOf(shape, seconds);
  };
}

function sendByPut(url: string, directory: string, sender: Worker<SenderCalls>): Send {
  return async (shape) => {
    const names = Array.from({ length: shape.streams }, () => randomUUID());
    const uploads = names.map((name): Upload => ({
      url: `${url}/${name}`,
      method: 'PUT',
      headers: {},
      bytes: shape.bytes,
      expectStatus: 201,
    }));
    const { seconds } = await sender.call('sendAll', uploads);
    for (const name of names) await rm(join(directory, name));
    return rateOf(shape, seconds);
  };
}

async function measure(testbed: Testbed): Promise<Report> {
  await using database = await testbed.createDatabase('upload');
  await using waybill = await testbed.startWaybill(database);
  await using server = new Worker<PutServerCalls>('upload/put-server.ts');
  await using sender = new Worker<SenderCalls>('upload/sender.ts');
  const directory = await testbed.makeDirectory('put');
  const tus = sendByTus(waybill.url, sender);
  const put = sendByPut(await server.call('start', directory), directory, sender);
  const { one, many } = testbed.quick ? QUICK : FULL;
  const samples = await takeTurns(testbed, {
    oneTus: () => tus(one),
    onePut: () => put(one),
    manyTus: () => tus(many),
    manyPut: () => put(many),
  });
  const line = (shape: Shape, bar: number, subject: readonly number[], bare: readonly number[]) =>
    figureOf({
      what: `${shape.streams} of ${shape.bytes / MIB} MiB at once`,
      unit: 'MiB/s',
      subject,
      baseline: { name: 'bare PUT to a file', samples: bare },
      target: atLeast(bar, null),
    });
  return {
    figures: [line(one, 0.85, samples.oneTus, samples.onePut), line(many, 0.7, samples.manyTus, samples.manyPut)],
    curves: [],
    notes: [
      'Each upload is one PATCH; its SHA-256, computed by the server as the bytes arrive, was compared with the right one.',
      ...(await tellPeaks(waybill.pid, server.pid)),
    ],
  };
}

async function tellPeaks(waybill: number, bare: number): Promise<string[]> {
  const [ours, theirs] = await Promise.all([readPeakMemory(waybill), readPeakMemory(bare)]);
  if (ours === null || theirs === null) return [];
  return [`Peak memory: ${tell(ours / MIB)} MiB, of the bare server ${tell(theirs / MIB)} MiB.`];
}

export const upload: Bench = { name: 'upload', title: 'Upload of bytes', measure };
