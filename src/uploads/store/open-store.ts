// Opens the byte store that the configuration names.
import { join } from 'node:path';
import { StartupError } from '../../errors.ts';
import type { ByteStore } from './byte-store.ts';
import { openFileStore } from './file/file-store.ts';
import { type StorageLocation, parseStorageUrl } from './storage-url.ts';

export interface StoreConfig {
  /** null: files in `uploads` under the data dir. */
  readonly storageUrl: string | null;
  readonly dataDir: string;
}

/** For messages: without parameters, which may be secret. */
export function nameStore({ storageUrl, dataDir }: StoreConfig): string {
  if (storageUrl === null) return join(dataDir, 'uploads');
  const { protocol, host, pathname } = new URL(storageUrl);
  return protocol === 'file:' ? pathname : `${protocol}//${host}${pathname}`;
}

/** @throws StartupError INVALID_CONFIGURATION */
export async function openByteStore({ storageUrl, dataDir }: StoreConfig): Promise<ByteStore> {
  const location = locate({ storageUrl, dataDir });
  if (location.kind === 'file') return openDirectory(location.dir);
  // Loaded only for S3: the AWS SDK takes a tenth of a second and 20 MiB.
  const { openS3Store } = await import('./s3/s3-store.ts');
  return openS3Store(location).catch((error: unknown) => {
    throw new StartupError(
      'INVALID_CONFIGURATION',
      `WAYBILL_STORAGE_URL names the bucket ${location.bucket}, but the AWS SDK finds no region for it ` +
        `(${reasonOf(error)}); allowed: &region=name in the URL, AWS_REGION, or a region in the shared AWS files`,
      { cause: error },
    );
  });
}

/** The directory of the bytes, or null if they are in a bucket. */
export function fileStoreOf(config: StoreConfig): string | null {
  const location = locate(config);
  return location.kind === 'file' ? location.dir : null;
}

function locate({ storageUrl, dataDir }: StoreConfig): StorageLocation {
  return storageUrl === null ? { kind: 'file', dir: join(dataDir, 'uploads') } : parseStorageUrl(storageUrl);
}

async function openDirectory(dir: string): Promise<ByteStore> {
  return openFileStore(dir).catch((error: unknown) => {
    throw new StartupError(
      'INVALID_CONFIGURATION',
      `The directory for uploaded bytes, ${dir}, cannot be used (${reasonOf(error)}); allowed: a directory that this ` +
        'process can create or write to, set by WAYBILL_STORAGE_URL or WAYBILL_DATA_DIR',
      { cause: error },
    );
  });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
