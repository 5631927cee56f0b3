// Folds a CPU profile into a tree of frames with the time spent in each. Leaves out idle time and the loading of modules.

export interface Frame {
  /** Function, and where it is: `src/http/graphql/fast-path.ts`, `graphql`, `node`. */
  readonly name: string;
  readonly place: string;
  /** Microseconds in it and in what it called. */
  total: number;
  readonly children: Map<string, Frame>;
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[];
}

/** https://chromedevtools.github.io/devtools-protocol/v8/Profiler/#type-Profile */
interface Profile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

const LEFT_OUT = /^\((?:idle|root|program)\)$/;

/** The file of a function, without the machine's folders. */
function placeOf(url: string): string {
  const own = /\/(src\/.+)$/.exec(url)?.[1];
  const parts = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (parts !== undefined) return parts;
  if (url.startsWith('node:')) return url.startsWith('node:internal/modules') ? 'modules' : 'node';
  return own ?? (url === '' ? 'v8' : 'other');
}

function stackOf(id: number, byId: ReadonlyMap<number, ProfileNode>, parents: ReadonlyMap<number, number>) {
  const stack: { name: string; place: string }[] = [];
  for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
    const { functionName, url } = byId.get(at)!.callFrame;
    if (!LEFT_OUT.test(functionName)) stack.unshift({ name: functionName || '(anonymous)', place: placeOf(url) });
  }
  return stack;
}

const newFrame = (name: string, place: string): Frame => ({ name, place, total: 0, children: new Map() });

export function foldProfile(json: string): Frame {
  const { nodes, samples, timeDeltas } = JSON.parse(json) as Profile;
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const root = newFrame('all', '');
  for (const [at, id] of samples.entries()) {
    const stack = stackOf(id, byId, parents);
    if (stack.length === 0 || stack.some(({ place }) => place === 'modules')) continue;
    let frame = root;
    for (const { name, place } of stack) {
      frame.total += timeDeltas[at]!;
      const key = `${name} ${place}`;
      const child = frame.children.get(key) ?? newFrame(name, place);
      frame.children.set(key, child);
      frame = child;
    }
    frame.total += timeDeltas[at]!;
  }
  return root;
}
