// GraphQL requests over HTTP, built once: only the ids are written into the one that is sent.
import { CYCLE, type Pool, moveOf, uuidOf } from '../transitions/cycle.ts';
import type { Expectation } from './responses.ts';

/** Gives the next request into the load; what it moves is part of the plan. */
export type Plan =
  | {
      readonly kind: 'same';
      readonly query: string;
      readonly expect: string;
      /** Of the header; none if left out. */
      readonly authorization?: string;
    }
  | {
      readonly kind: 'transitions';
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

/** A request for each step of the cycle, whose ids are overwritten before it is sent. One connection's own. */
class TransitionTemplates {
  readonly #steps: readonly { readonly bytes: Buffer; readonly places: readonly number[] }[];
  readonly #items: number;

  constructor(host: string, bulk: number | null) {
    this.#items = bulk ?? 1;
    this.#steps = CYCLE.map(({ event }) => {
      const input = { id: `file_${uuidOf(0)}`, event };
      const items = Array.from({ length: this.#items }, () => input);
      const query = bulk === null ? ONE : MANY;
      const bytes = post(
        '/graphql',
        host,
        JSON.stringify({ query, variables: { input: bulk === null ? input : items } }),
      );
      return { bytes, places: placesOf(bytes, uuidOf(0)) };
    });
  }

  fill(pool: Pool, move: number): PreparedRequest {
    const { step } = moveOf(pool, move);
    const { bytes, places } = this.#steps[step]!;
    places.forEach((place, item) => bytes.write(uuidOf(moveOf(pool, move + item).file), place, UUID_LENGTH, 'latin1'));
    return { bytes, expect: { text: SUCCESS, times: this.#items } };
  }
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
      expect: { text: plan.expect, times: 1 },
    };
    return { connect: () => () => same, moves: 0 };
  }
  const { pool, bulk } = plan;
  let moves = plan.from;
  return {
    connect: () => {
      const templates = new TransitionTemplates(host, bulk);
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
