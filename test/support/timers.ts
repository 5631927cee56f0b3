// How long files may rest, for tests of something else: longer than any of them runs.
import type { Timers } from '../../src/fsm/deadlines.ts';

export const LONG_TIMERS: Timers = { untrackedExpiry: 864e5, uploadStall: 864e5, processingTimeout: 864e5 };
