// The machine, drawn from what the server runs: the present state is lit, and so is the way that the file has taken.
import type { FileState, Waybill } from '@waybill/client';
import { useEffect, useState } from 'react';
import { READ_LIFECYCLE } from '../generated/documents.ts';
import { STATE_NAMES, TEXTS, EVENT_NAMES } from '../texts.ts';
import type { Transition } from './details.ts';
import { type Drawing, NODE, type DrawnEdge, draw } from './layout-machine.ts';

/** The machine changes with the server's version only. */
const drawings = new WeakMap<Waybill, Promise<Drawing>>();

function drawingOf(waybill: Waybill): Promise<Drawing> {
  const known = drawings.get(waybill);
  if (known !== undefined) return known;
  const made = waybill.query(READ_LIFECYCLE).then(({ lifecycle }) => draw(lifecycle));
  made.catch(() => drawings.delete(waybill));
  drawings.set(waybill, made);
  return made;
}

interface MachineProps {
  readonly waybill: Waybill;
  readonly state: FileState;
  readonly transitions: readonly Transition[];
}

export function Machine({ waybill, state, transitions }: MachineProps) {
  const [drawing, setDrawing] = useState<Drawing | null>(null);
  useEffect(() => {
    drawingOf(waybill).then(setDrawing, () => undefined);
  }, [waybill]);
  if (drawing === null) return <div className="machine" />;
  const taken = new Set(transitions.map(({ from, event }) => `${from} ${event}`));
  const visited = new Set<string>([...transitions.flatMap(({ from, to }) => [from, to]), state]);
  const { width, height, nodes, edges } = drawing;
  return (
    <svg
      className="machine"
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={TEXTS.machineOf(STATE_NAMES[state])}
    >
      <defs>
        {['', 'taken'].map((kind) => (
          <marker
            key={kind}
            id={`arrow${kind}`}
            className={`arrow ${kind}`}
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerUnits="userSpaceOnUse"
            markerWidth="9"
            markerHeight="9"
            orient="auto-start-reverse"
          >
            <path d="M0 0 8 4 0 8z" />
          </marker>
        ))}
      </defs>
      {edges.map((edge) => (
        <Edge key={`${edge.from} ${edge.event}`} edge={edge} isTaken={taken.has(`${edge.from} ${edge.event}`)} />
      ))}
      {nodes.map(({ state: each, x, y }) => (
        <g
          key={each}
          className="machine-state"
          data-state={each}
          data-now={each === state || undefined}
          data-visited={visited.has(each) || undefined}
        >
          <rect
            x={x - NODE.width / 2}
            y={y - NODE.height / 2}
            width={NODE.width}
            height={NODE.height}
            rx={NODE.height / 2}
          />
          <text x={x} y={y} dominantBaseline="central" textAnchor="middle">
            {STATE_NAMES[each]}
          </text>
        </g>
      ))}
    </svg>
  );
}

function Edge({
  edge: { path, label, event, guard },
  isTaken,
}: {
  readonly edge: DrawnEdge;
  readonly isTaken: boolean;
}) {
  return (
    <g className="machine-edge" data-taken={isTaken || undefined}>
      <path d={path} markerEnd={`url(#arrow${isTaken ? 'taken' : ''})`} />
      <text x={label.x} y={label.y} textAnchor="middle" dominantBaseline="central">
        {EVENT_NAMES[event]}
        {guard !== null && <title>{TEXTS.guarded}</title>}
      </text>
    </g>
  );
}
