// The snapshot of a queue, from those of its uploads.
import { etaOf } from './meter.ts';
import type { UploadSnapshot, UploadsSnapshot } from './snapshot.ts';

const ACTIVE: ReadonlySet<string> = new Set(['waiting', 'preparing', 'sending', 'processing']);

export function sumOf(uploads: readonly UploadSnapshot[]): UploadsSnapshot {
  const counted = uploads.filter(({ status }) => status !== 'failed' && status !== 'canceled');
  const sum = (read: (upload: UploadSnapshot) => number): number =>
    counted.reduce((total, upload) => total + read(upload), 0);
  const [size, bytesReceived] = [sum((upload) => upload.size), sum((upload) => upload.bytesReceived)];
  const rates = counted.flatMap(({ status, bytesPerSecond: rate }) =>
    status === 'sending' && rate !== null ? [rate] : [],
  );
  const bytesPerSecond = rates.length === 0 ? null : rates.reduce((total, rate) => total + rate, 0);
  return {
    uploads,
    isActive: uploads.some(({ status }) => ACTIVE.has(status)),
    size,
    bytesSent: sum((upload) => upload.bytesSent),
    bytesReceived,
    bytesPerSecond,
    etaSeconds: etaOf(size - bytesReceived, bytesPerSecond),
  };
}
