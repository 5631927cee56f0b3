// Whose turn it is: finds tenants that have something to claim, beginning after the one that was served last.
import type { Pool } from 'pg';
import type { Queue } from '../../entities/processing.ts';
import { PAGE, type TenantQueue, type TenantRange, scanRange, scanTenants } from './scan.ts';

/** How many files of which tenant at most. */
export interface Share {
  readonly tenant: string;
  readonly files: number;
}

export interface DueTenants {
  /** Those with something to claim, in turn. */
  readonly tenants: readonly string[];
  /** Milliseconds until something else can be claimed; null: not known of anything. */
  readonly nextMs: number | null;
}

export class TenantTurns {
  readonly #pool: Pool;
  readonly #queue: Queue;
  /** Null: all. */
  readonly #given: readonly string[] | null;
  /** The one served last. */
  #last = '';

  constructor(pool: Pool, queue: Queue, given: readonly string[] | null) {
    this.#pool = pool;
    this.#queue = queue;
    this.#given = given;
  }

  /** @param wanted enough of them */
  async find(wanted: number): Promise<DueTenants> {
    const found =
      this.#given === null ? await this.#walk(wanted) : await scanTenants(this.#pool, this.#queue, this.#given);
    const times = found.flatMap(({ nextMs }) => (nextMs === null ? [] : [nextMs]));
    return {
      tenants: found.filter(({ isDue }) => isDue).map(({ tenant }) => tenant),
      nextMs: times.length === 0 ? null : Math.min(...times),
    };
  }

  /** Call with the shares that were claimed: the next turn begins behind them. */
  served(shares: readonly Share[]): void {
    this.#last = shares.at(-1)?.tenant ?? this.#last;
  }

  /** Once around at most, beginning after the tenant served last. */
  async #walk(wanted: number): Promise<readonly TenantQueue[]> {
    const start = this.#last;
    const found = new Map<string, TenantQueue>();
    let range: TenantRange | null = { after: start, through: null };
    while (range !== null && countDue(found) < wanted) {
      const page: readonly TenantQueue[] = await scanRange(this.#pool, this.#queue, range);
      for (const each of page) found.set(each.tenant, each);
      range = nextRange(range, page, start);
    }
    return [...found.values()];
  }
}

const countDue = (found: ReadonlyMap<string, TenantQueue>): number =>
  found.values().reduce((count, { isDue }) => count + Number(isDue), 0);

/** @returns null when it has come round */
function nextRange({ through }: TenantRange, page: readonly TenantQueue[], start: string): TenantRange | null {
  const last = page.at(-1)?.tenant;
  if (last !== undefined && page.length === PAGE) return { after: last, through };
  return through === null && start !== '' ? { after: '', through: start } : null;
}

/** Tenants that take turns: whoever was served goes to the end. */
export class Rotation {
  #tenants: readonly string[];

  constructor(tenants: readonly string[]) {
    this.#tenants = tenants;
  }

  /** Divides what is wanted among the next ones: each the same, the first ones one more. */
  divide(wanted: number): Share[] {
    const served = this.#tenants.slice(0, wanted);
    this.#tenants = [...this.#tenants.slice(served.length), ...served];
    const each = Math.floor(wanted / served.length);
    return served.map((tenant, at) => ({ tenant, files: each + Number(at < wanted - each * served.length) }));
  }
}
