// Variables that are wrong in as many places as a mebibyte has room for.
const BYTES = 2 ** 20;

/** A mebibyte of the item, over and over. */
export const filled = (item: string): unknown =>
  JSON.parse(`[${`${item},`.repeat(BYTES / (item.length + 1) - 1)}${item}]`);

export const MANY_TRANSITIONS = 'mutation ($i: [TransitionFileInput!]!) { transitionFiles(input: $i) { __typename } }';
export const REGISTER_MANY = 'mutation ($i: [RegisterFileInput!]!) { registerFiles(input: $i) { __typename } }';

export const HOSTILE_VARIABLES: readonly (readonly [name: string, query: string, i: unknown])[] = [
  ['items without a field', MANY_TRANSITIONS, filled('{}')],
  ['items with unknown fields', MANY_TRANSITIONS, filled('{"a":1,"b":2,"c":3}')],
  ['items of the wrong type', REGISTER_MANY, filled('1')],
  ['items that are null', REGISTER_MANY, filled('null')],
  ['lists in a list', MANY_TRANSITIONS, filled('[[],[]]')],
  ['fields of the wrong type', REGISTER_MANY, filled('{"name":[],"size":"x","transfer":{}}')],
];
