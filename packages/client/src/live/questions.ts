// Questions that come with changes, of which there may be many at once: a few are asked at a time, and when too many wait
// they are given up for what answers all of them.

export interface QuestionsOptions<Item> {
  readonly ask: (item: Item) => Promise<void>;
  /** Too many wait, or one could not be answered. Those that wait are dropped. */
  readonly onGivenUp: () => void;
}

const AT_ONCE = 4;
const MAX_WAITING = 100;

export class Questions<Item> {
  readonly #options: QuestionsOptions<Item>;
  #waiting: Item[] = [];
  #asking = 0;

  constructor(options: QuestionsOptions<Item>) {
    this.#options = options;
  }

  add(item: Item): void {
    this.#waiting.push(item);
    if (this.#waiting.length > MAX_WAITING) return this.#giveUp();
    if (this.#asking >= AT_ONCE) return;
    this.#asking += 1;
    void this.#askAll().finally(() => (this.#asking -= 1));
  }

  async #askAll(): Promise<void> {
    for (let item = this.#waiting.shift(); item !== undefined; item = this.#waiting.shift()) {
      try {
        await this.#options.ask(item);
      } catch {
        this.#giveUp();
      }
    }
  }

  #giveUp(): void {
    this.#waiting = [];
    this.#options.onGivenUp();
  }
}
