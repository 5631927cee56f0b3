// What a sender is given.
import type { Feed } from '../../feed/feed.ts';
import type { Logger } from '../../log.ts';
import type { DelivererOptions } from './deliver.ts';
import type { RequestTurns } from './request-turns.ts';
import type { SenderRows } from './sender-rows.ts';

export interface SenderOptions extends DelivererOptions {
  readonly rows: SenderRows;
  readonly feed: Pick<Feed, 'follow' | 'changeAt' | 'cursorAt'>;
  readonly log: Logger;
  readonly random: () => number;
  readonly giveUpMs: number;
  readonly disableAfterMs: number;
  /** Whether the lease of this replica still lasts. */
  readonly isHeld: () => boolean;
  /** Among the webhooks of all tenants. */
  readonly turns: RequestTurns;
  /** Called once, when nothing more is sent. */
  readonly onEnd: () => void;
}
