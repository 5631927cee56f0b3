// The product's own modules as Node loads them. Through Vitest the service and the packages under it each get a copy of
// graphql of their own (its `module` and its `main` build), and an error of one is a stranger to the other.
import { createRequire } from 'node:module';
import type * as Program from '../../src/program.ts';

export const { startProgram } = createRequire(import.meta.url)('../../src/program.ts') as typeof Program;
