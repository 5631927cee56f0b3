// Sends a change to a webhook: its message, signed, as of now.
import type { KeyObject } from 'node:crypto';
import type { LoggedChange } from '../../feed/change.ts';
import type { Feed } from '../../feed/feed.ts';
import { messageOf } from '../message.ts';
import { type Outcome, Poster, type PosterOptions } from '../post.ts';
import { keyOf, signatureOf } from '../signature.ts';
import { MOST_AT_ONCE } from './pace.ts';
import type { HeldWebhook } from './sender-rows.ts';

export interface DelivererOptions extends Pick<PosterOptions, 'allow' | 'timeoutMs'> {
  readonly feed: Pick<Feed, 'cursorAt'>;
  readonly onOutcome: (outcome: Outcome, tookMs: number) => void;
}

export class Deliverer {
  readonly #webhook: HeldWebhook;
  readonly #options: DelivererOptions;
  readonly #poster: Poster;
  readonly #keys: readonly KeyObject[];

  constructor(webhook: HeldWebhook, options: DelivererOptions) {
    const { allow, timeoutMs } = options;
    this.#webhook = webhook;
    this.#options = options;
    this.#keys = webhook.secrets.map(keyOf);
    this.#poster = new Poster({ url: webhook.url, allow, timeoutMs, connections: MOST_AT_ONCE });
  }

  async deliver(change: LoggedChange): Promise<Outcome> {
    const { feed, onOutcome } = this.#options;
    const { id, contentType, body } = messageOf(this.#webhook, change, feed.cursorAt(change));
    const timestamp = Math.floor(Date.now() / 1_000);
    const headers = {
      'content-type': contentType,
      'user-agent': 'Waybill-Webhooks/1',
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signatureOf({ id, timestamp, body }, this.#keys),
    };
    const began = performance.now();
    const outcome = await this.#poster.post(headers, body);
    onOutcome(outcome, performance.now() - began);
    return outcome;
  }

  /** Whatever is on its way fails. */
  close(): void {
    this.#poster.close();
  }
}
