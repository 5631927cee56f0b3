// The whole schema. Importing a file adds its types and fields to the builder.
import { type GraphQLSchema, lexicographicSortSchema, printSchema } from 'graphql';
import { builder } from './builder.ts';
import { resolveIdsAtOnce } from './node-ids.ts';
import './scalars.ts';
import './enums.ts';
import './types/errors.ts';
import './types/file.ts';
import './types/file-transitions.ts';
import './types/file-change.ts';
import './types/lifecycle.ts';
import './queries.ts';
import './mutations/register-file.ts';
import './mutations/transition-file.ts';
import './mutations/report-upload-progress.ts';
import './mutations/delete-file.ts';
import './subscriptions/subscriptions.ts';

builder.queryType({ description: 'What can be asked.' });
builder.mutationType({ description: 'What can be done. Refusals are data: ask for __typename in every result.' });
builder.subscriptionType({ description: 'What can be watched, over WebSocket or SSE.' });

export const schema: GraphQLSchema = resolveIdsAtOnce(builder.toSchema());

/** The schema as committed in schema.graphql. */
export const printedSchema = (): string => `${printSchema(lexicographicSortSchema(schema))}\n`;
