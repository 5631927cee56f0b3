// Where the states and events of the machine are drawn, by dagre.
import { Graph, layout } from '@dagrejs/dagre';
import type { FileState, LifecycleEvent } from '@waybill/client';
import type { ReadLifecycleQuery } from '../generated/operations.ts';
import { EVENT_NAMES } from '../texts.ts';

interface Point {
  readonly x: number;
  readonly y: number;
}

export interface DrawnEdge {
  readonly from: FileState;
  readonly event: LifecycleEvent;
  readonly guard: string | null;
  readonly path: string;
  readonly label: Point;
}

export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly (Point & { readonly state: FileState })[];
  readonly edges: readonly DrawnEdge[];
}

export const NODE = { width: 112, height: 36 };
const LETTER_WIDTH = 5.8;
const LABEL_HEIGHT = 16;

export function draw({ states, edges }: ReadLifecycleQuery['lifecycle']): Drawing {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: 'TB', nodesep: 28, ranksep: 34, edgesep: 18, marginx: 6, marginy: 6 });
  for (const state of states) graph.setNode(state, { ...NODE });
  for (const { from, to, event } of edges) {
    const width = EVENT_NAMES[event].length * LETTER_WIDTH;
    graph.setEdge(from, to, { width, height: LABEL_HEIGHT, labelpos: 'c' }, event);
  }
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return {
    width,
    height,
    nodes: states.map((state) => {
      const { x, y } = graph.node(state) as Point;
      return { state, x, y };
    }),
    edges: edges.map(({ from, to, event, guard }) => {
      const { points, x, y } = graph.edge({ v: from, w: to, name: event }) as { points: Point[] } & Point;
      return { from, event, guard, path: curve(points), label: { x, y } };
    }),
  };
}

/** Through the middles between the points, bent at the points. */
function curve([first, ...rest]: readonly Point[]): string {
  if (first === undefined) return '';
  const bends = rest.slice(0, -1).map((point, at) => {
    const next = rest[at + 1]!;
    const isLast = at === rest.length - 2;
    const end = isLast ? next : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 };
    return `Q${point.x} ${point.y} ${end.x} ${end.y}`;
  });
  const [only] = rest;
  return `M${first.x} ${first.y}${bends.length === 0 && only !== undefined ? `L${only.x} ${only.y}` : bends.join('')}`;
}
