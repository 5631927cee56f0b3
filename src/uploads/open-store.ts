// From the configuration to the byte store.
import { join } from 'node:path';
import { StartupError } from '../errors.ts';
import type { ByteStore } from './byte-store.ts';
import { openFileStore } from './file-store.ts';
import { parseStorageUrl } from './storage-url.ts';

export interface StoreConfig {
  /** null: files in `uploads` under the data dir. */
  readonly storageUrl: string | null;
  readonly dataDir: string;
}

/** @throws StartupError INVALID_CONFIGURATION */
export async function openByteStore({ storageUrl, dataDir }: StoreConfig): Promise<ByteStore> {
  const dir = join(dataDir, 'uploads');
  const location = storageUrl === null ? { kind: 'file' as const, dir } : parseStorageUrl(storageUrl);
  if (location.kind === 'file') return openDirectory(location.dir);
  // The AWS SDK takes a tenth of a second and 20 MiB, which who keeps local files need not pay.
  const { openS3Store } = await import('./s3-store.ts');
  return openS3Store(location).catch((error: unknown) => {
    throw new StartupError(
      'INVALID_CONFIGURATION',
      `WAYBILL_STORAGE_URL names the bucket ${location.bucket}, but the AWS SDK finds no region for it ` +
        `(${reasonOf(error)}); allowed: &region=name in the URL, AWS_REGION, or a region in the shared AWS files`,
      { cause: error },
    );
  });
}

async function openDirectory(dir: string): Promise<ByteStore> {
  return openFileStore(dir).catch((error: unknown) => {
    throw new StartupError(
      'INVALID_CONFIGURATION',
      `Uploaded bytes are to be kept in ${dir}, which cannot be used (${reasonOf(error)}); allowed: a directory that this ` +
        'process can create or write to, set by WAYBILL_STORAGE_URL or WAYBILL_DATA_DIR',
      { cause: error },
    );
  });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
