// What a mutation consists of, as far as the client has to know it.
import { describe, expect, it } from 'vitest';
import { DELETE_FILE, REGISTER_FILE, TRANSITION_FILE } from '../../packages/client/src/generated/documents.ts';
import { rootFieldsOf } from '../../packages/client/src/http/root-fields.ts';

const inputsOf = (document: string): (string | null)[] | null =>
  rootFieldsOf(document)?.map(({ input }) => input) ?? null;

describe('the fields of a mutation', () => {
  it.each([REGISTER_FILE, TRANSITION_FILE, DELETE_FILE])('%s', (document) => {
    expect(inputsOf(document.toString())).toEqual(['input']);
  });

  it.each<[string, (string | null)[] | null]>([
    ['mutation ($a: A!, $b: B) { one(input: $a) { id } two(input: $b) { id } }', ['a', 'b']],
    ['mutation M($a:A={x:{y:"}"}}) @live { x: one(input:$a){ ...F } } fragment F on T { id { id } }', ['a']],
    ['fragment F on T { mutation } mutation { mutation: query(input: $a) }', ['a']],
    ['mutation { one(input: { name: "a) { two(input: $b) }" }) { id } two }', [null, null]],
    ['mutation { one(input: $a, first: 1) two(first: $a) }', [null, null]],
    ['mutation { # one(input: $b)\n one(input: $a) { f(input: $b) { id } } }', ['a']],
    ['mutation { one(input: [$a]) { id } """block ) } " """ }', null],
    ['mutation { one(input: $a) { id } ...F } fragment F on Mutation { two }', null],
    ['mutation { one(input: $a) @skip(if: true) { id } }', null],
    ['mutation { one(input: $a', [null]],
    ['mutation {}', null],
    ['query { mutation { a } }', null],
    ['', null],
  ])('%s', (document, inputs) => {
    expect(inputsOf(document)).toEqual(inputs);
  });
});
