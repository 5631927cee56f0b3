// Questions that come with changes: few at a time, and given up where there are too many.
import { expect, it } from 'vitest';
import { Questions } from '../../packages/client/src/live/questions.ts';

interface Asked {
  readonly item: number;
  readonly answer: () => void;
  readonly fail: () => void;
}

function open(): { readonly asked: Asked[]; readonly questions: Questions<number>; givenUp: number } {
  const asked: Asked[] = [];
  const ask = (item: number): Promise<void> =>
    new Promise((resolve, reject) => asked.push({ item, answer: resolve, fail: () => reject(new Error('refused')) }));
  const opened = {
    asked,
    questions: new Questions<number>({ ask, onGivenUp: () => (opened.givenUp += 1) }),
    givenUp: 0,
  };
  return opened;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('are asked four at a time, each once', async () => {
  const { asked, questions } = open();
  for (let item = 0; item < 10; item += 1) questions.add(item);
  await turn();
  for (let answered = 0; answered < 10; answered += 1) {
    expect(asked.length).toBe(Math.min(answered + 4, 10));
    asked[answered]!.answer();
    await turn();
  }
  expect(asked.map(({ item }) => item)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  questions.add(10);
  await turn();
  expect(asked).toHaveLength(11);
});

it('are given up when more than a hundred wait, and when one fails', async () => {
  const opened = open();
  for (let item = 0; item < 105; item += 1) opened.questions.add(item);
  expect(opened.givenUp).toBe(1);
  for (const { answer } of opened.asked.splice(0)) answer();
  await turn();
  expect(opened.asked, 'those that waited are dropped').toEqual([]);
  for (let item = 0; item < 10; item += 1) opened.questions.add(item);
  opened.asked[0]!.fail();
  await turn();
  expect(opened.givenUp).toBe(2);
  expect(opened.asked).toHaveLength(4);
  opened.asked[1]!.answer();
  await turn();
  expect(opened.asked, 'nothing waits').toHaveLength(4);
});
