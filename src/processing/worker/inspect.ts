// The look at the bytes before any processor runs: a clamd says whether there is malware in them.
import type { ClamdAddress } from '../malware/clamd-address.ts';
import { scan } from '../malware/scan.ts';
import { ProcessingError } from '../processor.ts';
import type { Job, Outcome } from '../run-file.ts';

/** @returns null when the bytes are clean; what is wrong with the stream of bytes is thrown */
export const inspectWithClamd =
  (address: ClamdAddress) =>
  async ({ open, signal }: Job): Promise<Outcome | null> => {
    try {
      await scan(await open(), address, signal);
      return null;
    } catch (error) {
      if (!(error instanceof ProcessingError)) throw error;
      const { code, message, retryable } = error;
      // Worth another try is only what clamd lacks.
      return { outcome: 'failed', failure: { code, message, retryable }, isOutage: retryable };
    }
  };
