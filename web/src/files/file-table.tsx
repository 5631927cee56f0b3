// The table of files: only the rows in sight are in the page, however many have been read. It has the focus as a whole and says
// which row is the active one, so that rows that come, go and move take nobody's focus away.
import type { WaybillFile } from '@waybill/client';
import { useTable } from '@tanstack/react-table';
import { type Range, defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useRef } from 'react';
import { TEXTS } from '../texts.ts';
import { columns, features } from './columns.tsx';
import { FileRow, rowId } from './file-row.tsx';
import { useStillness } from './stillness.ts';

/** As in files.css. */
const ROW_HEIGHT = 52;

interface FileTableProps {
  readonly files: readonly WaybillFile[];
  readonly hasMore: boolean;
  readonly onMore: () => void;
  readonly activeId: string | null;
  readonly openId: string | null;
  readonly selected: ReadonlySet<string>;
  readonly refusals: ReadonlyMap<string, string>;
  readonly onOpen: (id: string) => void;
  readonly onSelectAll: () => void;
}

export function FileTable(props: FileTableProps) {
  const { files, hasMore, onMore, activeId, openId, selected, refusals, onOpen, onSelectAll } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const active = activeId === null ? -1 : files.findIndex(({ id }) => id === activeId);
  const rangeExtractor = useCallback(
    (range: Range) => {
      const rows = defaultRangeExtractor(range);
      // The active row is always there, since the table names it.
      return active < 0 || rows.includes(active) ? rows : [...rows, active].toSorted((a, b) => a - b);
    },
    [active],
  );
  const virtualizer = useVirtualizer({
    count: files.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
    rangeExtractor,
  });
  useStillness(scroller, files, ROW_HEIGHT);
  const shown = virtualizer.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && last >= files.length - 50) onMore();
  }, [hasMore, last, files.length, onMore]);
  useEffect(() => {
    if (active >= 0) virtualizer.scrollToIndex(active, { align: 'auto' });
    // Only when another row becomes active, not when the list moves.
  }, [activeId]);
  // Only what is in sight goes through the table: its row model is made anew with every change.
  const table = useTable({
    features,
    columns,
    data: shown.map(({ index }) => files[index]!),
    getRowId: ({ id }) => id,
  });
  const isAllSelected = files.length > 0 && files.every(({ id }) => selected.has(id));
  return (
    <div
      ref={scroller}
      className="table"
      role="grid"
      id="files"
      aria-label={TEXTS.files}
      aria-rowcount={hasMore ? -1 : files.length + 1}
      aria-multiselectable="true"
      aria-activedescendant={active < 0 ? undefined : rowId(activeId!)}
      tabIndex={0}
    >
      <div role="rowgroup" className="table-head">
        <div role="row" className="row" aria-rowindex={1}>
          <span role="columnheader" className="cell cell-select">
            <input
              type="checkbox"
              tabIndex={-1}
              aria-label={TEXTS.selectAll}
              checked={isAllSelected}
              onChange={onSelectAll}
            />
          </span>
          {table.getFlatHeaders().map((header) => (
            <span key={header.id} role="columnheader" className={`cell cell-${header.id}`}>
              <table.FlexRender header={header} />
            </span>
          ))}
        </div>
      </div>
      <div role="rowgroup" className="table-body" style={{ blockSize: virtualizer.getTotalSize() }}>
        {table.getRowModel().rows.map((row, at) => (
          <FileRow
            key={row.id}
            file={row.original}
            top={shown[at]!.start}
            index={shown[at]!.index}
            isActive={row.id === activeId}
            isOpen={row.id === openId}
            isSelected={selected.has(row.id)}
            refusal={refusals.get(row.id)}
            onOpen={onOpen}
            cells={() =>
              row.getAllCells().map((cell) => (
                <span key={cell.id} role="gridcell" className={`cell cell-${cell.column.id}`}>
                  <table.FlexRender cell={cell} />
                </span>
              ))
            }
          />
        ))}
      </div>
    </div>
  );
}
