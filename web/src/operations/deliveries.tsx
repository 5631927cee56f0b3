// What became of the deliveries of a webhook, the newest first.
import type { Waybill } from '@waybill/client';
import { useCallback, useState } from 'react';
import { formatCount, formatTime } from '../app/format.ts';
import { go } from '../app/route.ts';
import { READ_DELIVERIES } from '../generated/documents.ts';
import type { ReadDeliveriesQuery } from '../generated/operations.ts';
import { DELIVERY_STATE_NAMES, OPS } from '../texts-operations.ts';
import { useLoaded } from './loaded.ts';
import { Content } from './section.tsx';

type Page = Extract<ReadDeliveriesQuery['node'], { readonly __typename: 'Webhook' }>['deliveries'];
type Delivery = Page['edges'][number]['node'];

const PAGE_SIZE = 20;

interface DeliveriesProps {
  readonly waybill: Waybill;
  readonly id: string;
  readonly onReplayAfter: (cursor: string) => void;
}

export function Deliveries({ waybill, id, onReplayAfter }: DeliveriesProps) {
  const [first, setFirst] = useState(PAGE_SIZE);
  const read = useCallback(
    async (signal: AbortSignal): Promise<Page | null> => {
      const { node } = await waybill.query(READ_DELIVERIES, { id, first, after: null }, { signal });
      return node?.__typename === 'Webhook' ? node.deliveries : null;
    },
    [waybill, id, first],
  );
  const loaded = useLoaded(read);
  return (
    <Content loaded={loaded} failed={OPS.deliveriesFailed}>
      {(page) =>
        page === null || page.edges.length === 0 ? (
          <p className="faint deliveries-none">{OPS.noDeliveries}</p>
        ) : (
          <>
            <ul className="deliveries" aria-label={OPS.deliveries}>
              {page.edges.map(({ node }) => (
                <DeliveryItem key={node.id} delivery={node} onReplayAfter={onReplayAfter} />
              ))}
            </ul>
            {page.pageInfo.hasNextPage && (
              <button type="button" className="button" onClick={() => setFirst(Math.min(first * 2, 1_000))}>
                {OPS.moreDeliveries}
              </button>
            )}
          </>
        )
      }
    </Content>
  );
}

interface DeliveryItemProps {
  readonly delivery: Delivery;
  readonly onReplayAfter: (cursor: string) => void;
}

function DeliveryItem({ delivery, onReplayAfter }: DeliveryItemProps) {
  const { fileId, cursor, state, createdAt, deliveredAt } = delivery;
  const at = deliveredAt ?? createdAt;
  return (
    <li className="delivery" data-state={state}>
      <span className="delivery-state">{DELIVERY_STATE_NAMES[state]}</span>
      <time dateTime={at}>{formatTime(new Date(at))}</time>
      <button
        type="button"
        className="link delivery-file"
        aria-label={OPS.openFile(fileId)}
        onClick={() => go({ view: 'files', fileId })}
      >
        {fileId}
      </button>
      <span className="delivery-why">{describe(delivery)}</span>
      <button
        type="button"
        className="button quiet"
        aria-label={OPS.of(OPS.replayAfter, `${fileId}, ${formatTime(new Date(at))}`)}
        onClick={() => onReplayAfter(cursor)}
      >
        {OPS.replayAfter}
      </button>
    </li>
  );
}

function describe({ attempts, status, error, nextAttemptAt }: Delivery): string {
  const parts = [
    attempts === 0 ? OPS.waitsForEarlier : OPS.attempts(formatCount(attempts)),
    ...(error !== null ? [error] : status === null ? [] : [OPS.status(status)]),
    ...(nextAttemptAt === null ? [] : [OPS.nextAttempt(formatTime(new Date(nextAttemptAt)))]),
  ];
  return parts.join(' · ');
}
