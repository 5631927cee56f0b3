// Work that takes turns: so much of it at once, and of one tenant less, so that a tenant's work is not in the way of
// others'. What waits is bounded too; beyond that work is refused at once.
import { DomainError } from '../errors.ts';

export interface TurnLimits {
  /** For the refusal: what waits. */
  readonly name: string;
  /** What may be at work at once, in the unit of `Turn.weight`. */
  readonly atOnce: number;
  /** Of one tenant. */
  readonly atOncePerTenant: number;
  /** What may wait, in the unit of `Turn.size`. */
  readonly waiting: number;
  /** Of one tenant. */
  readonly waitingOfTenant: number;
}

export interface Turn {
  readonly tenant: string;
  /** What counts as more than a tenant may have counts as that much: it runs when its tenant has nothing else. */
  readonly weight: number;
  /** How much it is to keep it waiting. Only asked if it has to wait. */
  readonly size: () => number;
  /** Aborted when nobody waits for it any more. Only asked for if it has to wait. */
  readonly leaving?: () => AbortSignal;
}

/** Nobody reads this: whoever asked has gone. */
class CallerLeft extends DomainError<'UNAVAILABLE'> {
  constructor() {
    super('UNAVAILABLE', 'The caller left before its turn came.');
  }
}

/** Too much waits already. Nothing was done. */
class TooManyWaiting extends DomainError<'UNAVAILABLE'> {
  constructor(name: string) {
    super('UNAVAILABLE', `Too many ${name} are waiting; try again later.`);
  }
}

interface Waiting {
  readonly tenant: string;
  readonly weight: number;
  readonly size: number;
  readonly start: () => void;
}

/** One that is larger than all that may wait does wait, alone. */
const exceeds = (waiting: readonly Waiting[], size: number, limit: number): boolean =>
  waiting.length > 0 && waiting.reduce((sum, each) => sum + each.size, size) > limit;

export class Turns {
  readonly #limits: TurnLimits;
  readonly #running = new Map<string, number>();
  #total = 0;
  /** In order of arrival; those of a tenant that has its share are passed over. */
  #waiting: Waiting[] = [];

  constructor(limits: TurnLimits) {
    this.#limits = limits;
  }

  /** @throws TooManyWaiting, CallerLeft */
  async take<Result>({ tenant, weight, size, leaving }: Turn, work: () => Result | Promise<Result>): Promise<Result> {
    const counted = Math.min(weight, this.#limits.atOncePerTenant);
    if (this.#waiting.length === 0 && this.#fits(tenant, counted)) this.#count(tenant, counted);
    else await this.#wait(tenant, counted, size(), leaving?.());
    try {
      return await work();
    } finally {
      this.#count(tenant, -counted);
      this.#startNext();
    }
  }

  async #wait(tenant: string, weight: number, size: number, leaving?: AbortSignal): Promise<void> {
    if (leaving?.aborted === true) throw new CallerLeft();
    const ofTenant = this.#waiting.filter((each) => each.tenant === tenant);
    const isFull = exceeds(this.#waiting, size, this.#limits.waiting);
    if (isFull || exceeds(ofTenant, size, this.#limits.waitingOfTenant)) throw new TooManyWaiting(this.#limits.name);
    const turn = Promise.withResolvers<void>();
    const waiting = { tenant, weight, size, start: turn.resolve };
    const leave = (): void => {
      this.#remove(waiting);
      turn.reject(new CallerLeft());
      this.#startNext();
    };
    leaving?.addEventListener('abort', leave, { once: true });
    this.#waiting.push(waiting);
    this.#startNext();
    await turn.promise.finally(() => leaving?.removeEventListener('abort', leave));
  }

  #remove(waiting: Waiting): void {
    this.#waiting = this.#waiting.filter((each) => each !== waiting);
  }

  #startNext(): void {
    for (let next = this.#findNext(); next !== undefined; next = this.#findNext()) {
      const { tenant, weight, start } = next;
      this.#remove(next);
      this.#count(tenant, weight);
      start();
    }
  }

  /** The first whose tenant has room. What does not fit beside the others' is not passed by lighter work. */
  #findNext(): Waiting | undefined {
    const passed = new Set<string>();
    for (const each of this.#waiting) {
      if (passed.has(each.tenant)) continue;
      if (this.#hasShare(each.tenant, each.weight)) return this.#hasRoom(each.weight) ? each : undefined;
      passed.add(each.tenant);
    }
    return undefined;
  }

  #fits(tenant: string, weight: number): boolean {
    return this.#hasShare(tenant, weight) && this.#hasRoom(weight);
  }

  #hasShare(tenant: string, weight: number): boolean {
    return (this.#running.get(tenant) ?? 0) + weight <= this.#limits.atOncePerTenant;
  }

  #hasRoom(weight: number): boolean {
    return this.#total + weight <= this.#limits.atOnce;
  }

  #count(tenant: string, change: number): void {
    this.#total += change;
    const running = (this.#running.get(tenant) ?? 0) + change;
    if (running === 0) this.#running.delete(tenant);
    else this.#running.set(tenant, running);
  }
}
