// The columns of the table of files.
import type { WaybillFile } from '@waybill/client';
import { createColumnHelper, tableFeatures } from '@tanstack/react-table';
import { formatBytes, formatShortTime, formatTime } from '../app/format.ts';
import { TEXTS } from '../texts.ts';
import { Bar } from '../ui/bar.tsx';
import { Icon, iconOf } from '../ui/icon.tsx';
import { StateBadge } from '../ui/state-badge.tsx';

export const features = tableFeatures({});
const helper = createColumnHelper<typeof features, WaybillFile>();

export const columns = helper.columns([
  helper.accessor('name', { header: TEXTS.name, cell: ({ row }) => <Name file={row.original} /> }),
  helper.accessor('state', { header: TEXTS.state, cell: ({ row }) => <State file={row.original} /> }),
  helper.accessor('size', {
    header: TEXTS.size,
    cell: ({ row: { original } }) => (
      <bdi>{original.size === null ? TEXTS.unknownSize : formatBytes(original.size)}</bdi>
    ),
  }),
  helper.accessor('contentType', {
    header: TEXTS.type,
    cell: ({ row }) => <span title={row.original.contentType}>{row.original.contentType}</span>,
  }),
  helper.accessor('updatedAt', { header: TEXTS.changed, cell: ({ row }) => <Time at={row.original.updatedAt} /> }),
]);

function Name({ file: { name, contentType } }: { readonly file: WaybillFile }) {
  const at = name.lastIndexOf('/') + 1;
  return (
    <span className="name" title={name}>
      <Icon name={iconOf(contentType)} />
      <bdi className="name-text">
        {at > 0 && <span className="name-folder">{name.slice(0, at)}</span>}
        {name.slice(at)}
      </bdi>
    </span>
  );
}

function State({ file: { state, size, bytesReceived, failure, name } }: { readonly file: WaybillFile }) {
  return (
    <span className="state-cell">
      <StateBadge state={state} />
      {state === 'UPLOADING' && size !== null && size > 0 && <Bar label={name} stored={bytesReceived / size} />}
      {failure !== null && (
        <span className="state-why" title={failure.message}>
          {failure.message}
        </span>
      )}
    </span>
  );
}

function Time({ at }: { readonly at: string }) {
  const date = new Date(at);
  return (
    <time dateTime={at} title={formatTime(date)}>
      {formatShortTime(date)}
    </time>
  );
}
