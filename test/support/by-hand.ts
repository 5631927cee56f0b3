// Settings for tests of something else than processing.

/** Files move only when a test moves them. */
export const BY_HAND = { WAYBILL_PROCESSING: 'external', WAYBILL_AUTO_RETRY: 'off' };
