// A server with a temporary data directory, removed after use: for tests, the demo, the evidence and the checks.
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedOptions, type EmbeddedServer, startEmbedded } from './start.ts';

export interface TemporaryOptions extends Pick<EmbeddedOptions, 'log' | 'settings'> {
  /** How the directory's name begins. */
  prefix?: string;
}

/** `stop()` removes the directory too. */
export async function startTemporary({ prefix = 'waybill-', ...options }: TemporaryOptions): Promise<EmbeddedServer> {
  const dataDir = await mkdtemp(join(tmpdir(), prefix));
  const remove = () => rm(dataDir, { recursive: true, force: true });
  try {
    // As root, the server runs as another user, who must be able to enter the directory.
    await chmod(dataDir, 0o711);
    const server = await startEmbedded({ ...options, dataDir });
    return { ...server, stop: () => server.stop().then(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
}
