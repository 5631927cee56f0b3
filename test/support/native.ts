// The product's own modules as Node loads them. Through Vitest the service and the packages under it each get a copy of
// graphql of their own (its `module` and its `main` build), and neither recognises an error of the other.
import { createRequire } from 'node:module';
import type * as Scopes from '../../src/db/scope.ts';
import type * as Groups from '../../src/db/statement-group.ts';
import type * as CostLimits from '../../src/graphql/cost-limit.ts';
import type * as Documents from '../../src/graphql/documents.ts';
import type * as Program from '../../src/program.ts';
import type * as Schema from '../../src/schema/schema.ts';

const load = createRequire(import.meta.url);

export const { startProgram } = load('../../src/program.ts') as typeof Program;
export const { CostLimit } = load('../../src/graphql/cost-limit.ts') as typeof CostLimits;
export const { Documents: NativeDocuments } = load('../../src/graphql/documents.ts') as typeof Documents;
export const { currentScope } = load('../../src/db/scope.ts') as typeof Scopes;
export const { StatementGroup } = load('../../src/db/statement-group.ts') as typeof Groups;
export const { schema } = load('../../src/schema/schema.ts') as typeof Schema;
