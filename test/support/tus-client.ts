// Uploads as applications send them: with tus-js-client.
import { type HttpResponse, Upload, type UploadOptions } from 'tus-js-client';

// A lease of a replica that was killed runs for six seconds, and a restart takes some too.
const RETRY_DELAYS = [0, 200, 500, 1_000, 1_000, 2_000, 2_000, 3_000, 3_000, 5_000, 5_000];

export interface SentUpload {
  readonly url: string;
  /** Requests that failed and were tried again. */
  readonly retries: number;
  /** Arguments of the progress callback. */
  readonly progress: readonly number[];
}

/** @param url of the service, or of what stands before it */
export async function sendUpload(
  url: string,
  bytes: Buffer,
  options: Partial<UploadOptions> = {},
): Promise<SentUpload> {
  const progress: number[] = [];
  let retries = 0;
  return await new Promise((resolve, reject) => {
    const upload: Upload = new Upload(bytes, {
      endpoint: `${url}/uploads`,
      retryDelays: RETRY_DELAYS,
      onProgress: (sent) => progress.push(sent),
      onShouldRetry: (error) => {
        retries += 1;
        const response: HttpResponse | null = 'originalResponse' in error ? error.originalResponse : null;
        const status = response?.getStatus() ?? 0;
        return status < 400 || status >= 500 || [409, 423].includes(status);
      },
      onSuccess: () => resolve({ url: upload.url ?? '', retries, progress }),
      onError: reject,
      ...options,
    });
    upload.start();
  });
}
