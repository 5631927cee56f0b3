// What the page of an application does that uploads with Uppy: one file in chunks, paused on the way and resumed.
import Uppy from '@uppy/core';
import Tus from '@uppy/tus';
import { createWaybill } from '../../../packages/client/src/client.ts';
import { registerWithWaybill } from '../../../packages/client/src/upload/uppy.ts';
import { createRandom } from '../random.ts';

export interface UploadAsked {
  readonly endpoint: string;
  readonly seed: number;
  readonly size: number;
  readonly chunkSize: number;
  /** Pauses once so many bytes were sent. */
  readonly pauseAt: number;
  readonly pauseMs: number;
}

export interface UploadSeen {
  readonly uploadUrl: string;
  readonly failed: readonly string[];
  /** Of the bytes sent, in order. */
  readonly progress: readonly number[];
  /** Progress reported while paused, after the requests under way had ended. */
  readonly whilePaused: number;
}

function createContent({ seed, size }: UploadAsked): Blob {
  const random = createRandom(seed);
  return new Blob([Uint32Array.from({ length: size / 4 }, () => random.below(2 ** 32))], { type: 'image/png' });
}

async function upload(asked: UploadAsked): Promise<UploadSeen> {
  const { endpoint, chunkSize, pauseAt, pauseMs } = asked;
  const uppy = new Uppy();
  uppy.use(Tus, { endpoint, chunkSize, retryDelays: [0, 500, 1_000, 2_000], withCredentials: true });
  uppy.addFile({ name: 'püppy.png', type: 'image/png', data: createContent(asked), meta: { color: 'red' } });
  const progress: number[] = [];
  let paused = false;
  let whilePaused = 0;
  uppy.on('upload-progress', (_file, { bytesUploaded }) => {
    progress.push(bytesUploaded);
    if (paused || bytesUploaded < pauseAt) return;
    paused = true;
    uppy.pauseAll();
    const before = progress.length;
    setTimeout(() => {
      whilePaused = progress.length - before;
      uppy.resumeAll();
    }, pauseMs);
  });
  const result = await uppy.upload();
  const failed = (result?.failed ?? []).map(({ error }) => String(error));
  return { uploadUrl: result?.successful?.[0]?.uploadURL ?? '', failed, progress, whilePaused };
}

/** The same by way of the client: files are registered first. Uploads twice. @returns the URL of each */
async function uploadRegistered(url: string, asked: UploadAsked): Promise<(string | undefined)[]> {
  const uppy = new Uppy();
  uppy.use(Tus, { chunkSize: asked.chunkSize, retryDelays: [0, 500, 1_000, 2_000] });
  registerWithWaybill(uppy, createWaybill({ url }));
  const data = new File([createContent(asked)], 'first.png', { type: 'image/png', lastModified: 1 });
  const urls: (string | undefined)[] = [];
  for (let round = 0; round < 2; round += 1) {
    uppy.addFile({ name: data.name, type: data.type, data });
    const result = await uppy.upload();
    urls.push(result?.successful?.[0]?.uploadURL);
    uppy.clear();
  }
  return urls;
}

export type Page = typeof globalThis & {
  readonly uploadWithUppy?: typeof upload;
  readonly uploadRegistered?: typeof uploadRegistered;
};

Object.assign(globalThis, { uploadWithUppy: upload, uploadRegistered });
