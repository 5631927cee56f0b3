// The channels on which replicas signal to each other by LISTEN and NOTIFY.

/** Payload: the head of the feed, in decimal. */
export const FEED_CHANNEL = 'waybill_feed';

/** Payload: see progress/exchange.ts. */
export const PROGRESS_CHANNEL = 'waybill_progress';

/** No payload: a webhook was made or changed. */
export const WEBHOOKS_CHANNEL = 'waybill_webhooks';
