// Acknowledges bytes: tells the lifecycle which of them are durable, under the lease of their writer. What is acknowledged
// here is what clients are told as Upload-Offset.
import type { FileSnapshot } from '../entities/file-snapshot.ts';
import type { ReceiveCommand } from '../lifecycle/commands.ts';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import type { Lease } from './leases.ts';
import { UploadError, locked, toUploadError } from './upload-error.ts';

export interface AcknowledgeServices {
  readonly lifecycle: Lifecycle;
  readonly newId: () => string;
}

/**
 * @returns the file as committed
 * @throws UploadError when the file takes no bytes or the lease is lost; what broke otherwise
 */
export async function acknowledge(
  { lifecycle, newId }: AcknowledgeServices,
  { lease, tenant }: { readonly lease: Lease; readonly tenant: string },
  receipt: Pick<ReceiveCommand, 'offset' | 'segments' | 'sha256' | 'lost'>,
): Promise<FileSnapshot> {
  const origin = { tenant, actor: 'system:uploads', attemptId: newId() };
  const answer = await lifecycle.executeOne({ kind: 'receive', ...origin, ...lease, ...receipt });
  switch (answer.outcome) {
    case 'progressed':
      return answer.file;
    case 'lease_lost':
      throw locked();
    case 'rejected':
      throw new UploadError(403, answer.message);
    case 'refused':
      throw toUploadError(answer);
    case 'failed':
      throw answer.error;
  }
}
