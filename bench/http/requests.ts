// GraphQL requests over HTTP, built once: only the ids are written into the one that is sent.
import { CYCLE, type Pool, moveOf, uuidOf } from '../transitions/cycle.ts';
import type { Expectation } from './responses.ts';

/** Whose API is asked. */
export type Peer = 'Waybill' | 'PostGraphile';

/** Gives the next request into the load; what it moves is part of the plan. */
export type Plan =
  | {
      readonly kind: 'same';
      readonly query: string;
      readonly expect: string;
      /** How often the answer has it. Default: once. */
      readonly times?: number;
      /** Of the header; none if left out. */
      readonly authorization?: string;
    }
  | {
      /** One operation, for the files of a pool in turn, with many others between two of the same page. */
      readonly kind: 'each';
      readonly query: string;
      /** Of the file numbered 0: its UUID is overwritten with that of each. */
      readonly id: string;
      readonly expect: string;
      readonly pool: Pool;
    }
  | {
      readonly kind: 'transitions';
      readonly to?: Peer;
      readonly pool: Pool;
      /** The first move: where the round before has ended. */
      readonly from: number;
      /** null: transitionFile; a number: transitionFiles with so many. Divides the size of the pool. */
      readonly bulk: number | null;
    };

export interface PreparedRequest {
  readonly bytes: Buffer;
  readonly expect: Expectation;
}

const OUTCOME = '__typename ... on TransitionFileSuccess { file { id state version } } ... on Error { code message }';
const ONE = `mutation T($input: TransitionFileInput!) { transitionFile(input: $input) { ${OUTCOME} } }`;
const MANY = `mutation T($input: [TransitionFileInput!]!) { transitionFiles(input: $input) { ${OUTCOME} } }`;
const SUCCESS = '"TransitionFileSuccess"';
const ONE_OF_PEER =
  'mutation T($input: TransitionFileInput!) { transitionFile(input: $input) { result { id state version } } }';
const SUCCESS_OF_PEER = '"version"';
const UUID_LENGTH = 36;

export function post(path: string, host: string, body: string, authorization?: string): Buffer {
  const head = [
    `POST ${path} HTTP/1.1`,
    `Host: ${host}`,
    'Content-Type: application/json',
    'Accept: application/json',
    ...(authorization === undefined ? [] : [`Authorization: ${authorization}`]),
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/** The operation of a move, and what says that it was made. */
function moveOperation(to: Peer, bulk: number | null): { query: string; id: string; idName: string; success: string } {
  if (to === 'PostGraphile') return { query: ONE_OF_PEER, id: uuidOf(0), idName: 'fileId', success: SUCCESS_OF_PEER };
  return { query: bulk === null ? ONE : MANY, id: `file_${uuidOf(0)}`, idName: 'id', success: SUCCESS };
}

/** A request for each step of the cycle, whose ids are overwritten before it is sent. One connection's own. */
class TransitionTemplates {
  readonly #steps: readonly { readonly bytes: Buffer; readonly places: readonly number[] }[];
  readonly #expect: Expectation;

  constructor(host: string, bulk: number | null, to: Peer = 'Waybill') {
    const { query, id, idName, success } = moveOperation(to, bulk);
    this.#expect = { text: success, times: bulk ?? 1 };
    this.#steps = CYCLE.map(({ event }) => {
      const one = { [idName]: id, event };
      const input = bulk === null ? one : Array.from({ length: bulk }, () => one);
      const bytes = post('/graphql', host, JSON.stringify({ query, variables: { input } }));
      return { bytes, places: placesOf(bytes, uuidOf(0)) };
    });
  }

  fill(pool: Pool, move: number): PreparedRequest {
    const { step } = moveOf(pool, move);
    const { bytes, places } = this.#steps[step]!;
    places.forEach((place, item) => bytes.write(uuidOf(moveOf(pool, move + item).file), place, UUID_LENGTH, 'latin1'));
    return { bytes, expect: this.#expect };
  }
}

/** A step through a pool that meets every file: it has no divisor in common with a size of 2s and 5s. */
const STRIDE = 7_919;

/** The same operation with another id each time. */
function createEach({ query, id, expect: text, pool }: Plan & { kind: 'each' }, host: string): RequestSource {
  const body = JSON.stringify({ query, variables: { id } });
  let at = 0;
  return {
    connect: () => {
      const bytes = post('/graphql', host, body);
      const [place] = placesOf(bytes, uuidOf(0)) as [number];
      const request = { bytes, expect: { text, times: 1 } };
      return () => {
        at = (at + STRIDE) % pool.size;
        bytes.write(uuidOf(pool.first + at), place, UUID_LENGTH, 'latin1');
        return request;
      };
    },
    moves: 0,
  };
}

function placesOf(bytes: Buffer, text: string): number[] {
  const places: number[] = [];
  for (let at = bytes.indexOf(text); at !== -1; at = bytes.indexOf(text, at + 1)) places.push(at);
  return places;
}

/** The requests of one load, in turn, whichever connection asks. */
export interface RequestSource {
  /** For one connection: what it returns is overwritten by its next call. */
  connect(): () => PreparedRequest;
  /** Moves given out so far, from the start of the pool. */
  readonly moves: number;
}

export function createSource(plan: Plan, host: string): RequestSource {
  if (plan.kind === 'same') {
    const same = {
      bytes: post('/graphql', host, JSON.stringify({ query: plan.query }), plan.authorization),
      expect: { text: plan.expect, times: plan.times ?? 1 },
    };
    return { connect: () => () => same, moves: 0 };
  }
  if (plan.kind === 'each') return createEach(plan, host);
  const { pool, bulk, to } = plan;
  let moves = plan.from;
  return {
    connect: () => {
      const templates = new TransitionTemplates(host, bulk, to);
      return () => {
        const request = templates.fill(pool, moves);
        moves += bulk ?? 1;
        return request;
      };
    },
    get moves() {
      return moves;
    },
  };
}
