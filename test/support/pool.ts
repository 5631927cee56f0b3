// A pool like the program's (src/db/pools.ts) for tests that drop their database: its server ends the last connections
// before they have said goodbye, and without listeners that would be an uncaught exception.
import type { Pool } from 'pg';
import { openPool as open } from '../../src/db/pool.ts';

export const openPool = (url: string, max: number): Pool => open({ url, name: 'test', max });
