// An endless cycle of events that every file of a pool goes through. No I/O: the load generator uses it too.

export const CYCLE = [
  { event: 'START_UPLOAD', from: 'UNTRACKED', to: 'UPLOADING' },
  { event: 'COMPLETE_UPLOAD', from: 'UPLOADING', to: 'PROCESSING' },
  { event: 'COMPLETE_PROCESSING', from: 'PROCESSING', to: 'INDEXED' },
  { event: 'RESET', from: 'INDEXED', to: 'UNTRACKED' },
] as const;

/** Files by number, all UNTRACKED before the first transition. */
export interface Pool {
  readonly first: number;
  readonly size: number;
  /** Step from one number to the next. Default: 1. */
  readonly stride?: number;
}

const HEX_DIGITS = 12;
const PREFIX = '00000000-0000-7000-8000-';

/** The UUID of the nth file. Ids in order of numbers, as those of UUIDv7 are in order of time. */
export const uuidOf = (number: number): string => PREFIX + number.toString(16).padStart(HEX_DIGITS, '0');

/** The same in SQL. `expression` is an integer. */
export const uuidSql = (expression: string): string =>
  `('${PREFIX}' || lpad(to_hex(${expression}), ${HEX_DIGITS}, '0'))::uuid`;

/** The nth transition of a pool: all files, one event after the other. */
export function moveOf({ first, size, stride = 1 }: Pool, move: number): { file: number; step: number } {
  return { file: first + (move % size) * stride, step: Math.floor(move / size) % CYCLE.length };
}
