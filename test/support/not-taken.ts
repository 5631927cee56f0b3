// The processing of a file that no worker has taken, as its row has it.
import type { Processing } from '../../src/entities/processing.ts';

export const NOT_TAKEN: Processing = {
  since: '2026-01-01T00:00:00.000Z',
  epoch: 0,
  worker: null,
  token: null,
  lost: 0,
  progress: null,
  message: null,
  cancelRequested: false,
};
