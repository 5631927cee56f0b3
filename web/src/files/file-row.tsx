// One row of the table, with what the server refused of the last action on it.
import type { WaybillFile } from '@waybill/client';
import { type MouseEvent, type ReactNode, memo } from 'react';
import { TEXTS } from '../texts.ts';
import { Icon } from '../ui/icon.tsx';
import { dismissRefusal, toggle } from './selection.ts';

export const rowId = (id: string): string => `row-${id}`;

interface FileRowProps {
  readonly file: WaybillFile;
  readonly top: number;
  readonly index: number;
  readonly isActive: boolean;
  readonly isOpen: boolean;
  readonly isSelected: boolean;
  readonly refusal: string | undefined;
  readonly onOpen: (id: string) => void;
  /** Made of the file alone: while it is the same, so are they. */
  readonly cells: () => ReactNode;
}

/** A change renders the rows it has changed, not all that are in sight. */
export const FileRow = memo(Row, (before, after) =>
  (Object.keys(after) as (keyof FileRowProps)[]).every((name) => name === 'cells' || before[name] === after[name]),
);

function Row({ file, top, index, isActive, isOpen, isSelected, refusal, onOpen, cells }: FileRowProps) {
  const { id, name, state } = file;
  const click = ({ target }: MouseEvent): void => {
    if ((target as Element).closest('input, button') === null) onOpen(id);
  };
  return (
    <div
      id={rowId(id)}
      role="row"
      className="row"
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      data-active={isActive || undefined}
      data-open={isOpen || undefined}
      data-state={state}
      style={{ transform: `translateY(${top}px)` }}
      onClick={click}
    >
      <span role="gridcell" className="cell cell-select">
        <input
          type="checkbox"
          tabIndex={-1}
          aria-label={TEXTS.select(name)}
          checked={isSelected}
          onChange={() => toggle(id)}
        />
      </span>
      {cells()}
      {refusal !== undefined && (
        <span role="gridcell" className="refusal">
          <Icon name="warning" />
          <span title={refusal}>{refusal}</span>
          <button type="button" tabIndex={-1} aria-label={TEXTS.dismiss} onClick={() => dismissRefusal(id)}>
            <Icon name="close" />
          </button>
        </span>
      )}
    </div>
  );
}
