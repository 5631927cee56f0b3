// What the tenant has, against how much it may have.
import type { Waybill } from '@waybill/client';
import { useCallback } from 'react';
import { formatBytes, formatCount } from '../app/format.ts';
import { READ_USAGE } from '../generated/documents.ts';
import type { ReadUsageQuery } from '../generated/operations.ts';
import { OPS } from '../texts-operations.ts';
import { Bar } from '../ui/bar.tsx';
import { useLoaded } from './loaded.ts';
import { Content, Section } from './section.tsx';

type TenantUsage = ReadUsageQuery['tenantUsage'];

/** From here on it is said by its colour too that little is left. */
const NEARLY_ALL = 0.9;

export function Usage({ waybill }: { readonly waybill: Waybill }) {
  const read = useCallback(
    async (signal: AbortSignal): Promise<TenantUsage> => (await waybill.query(READ_USAGE, {}, { signal })).tenantUsage,
    [waybill],
  );
  const loaded = useLoaded(read);
  return (
    <Section title={OPS.usage}>
      <Content loaded={loaded} failed={OPS.usageFailed}>
        {({ files, filesQuota, bytes, bytesQuota, openUploads, openUploadsQuota, rateLimit }) => (
          <dl className="usage">
            <Used name={OPS.files} used={files} quota={filesQuota} format={formatCount} />
            <Used name={OPS.bytes} used={bytes} quota={bytesQuota} format={formatBytes} />
            <Used name={OPS.openUploads} used={openUploads} quota={openUploadsQuota} format={formatCount} />
            <div className="used">
              <dt>{OPS.rate}</dt>
              <dd>{rateLimit === null ? OPS.unlimited : OPS.atMost(formatCount(rateLimit))}</dd>
            </div>
          </dl>
        )}
      </Content>
    </Section>
  );
}

interface UsedProps {
  readonly name: string;
  readonly used: number;
  readonly quota: number | null;
  readonly format: (value: number) => string;
}

function Used({ name, used, quota, format }: UsedProps) {
  return (
    <div className="used" data-nearly-all={(quota !== null && used >= quota * NEARLY_ALL) || undefined}>
      <dt>{name}</dt>
      <dd>
        <strong>{format(used)}</strong>{' '}
        <span className="faint">{quota === null ? OPS.unlimited : OPS.ofQuota(format(quota))}</span>
        {quota !== null && <Bar label={name} stored={quota === 0 ? 1 : used / quota} />}
      </dd>
    </div>
  );
}
