// The whole schema. Importing a file adds its types and fields to the builder.
import { type GraphQLSchema, lexicographicSortSchema, printSchema } from 'graphql';
import { builder } from './builder.ts';
import { limitRates } from './limit-rates.ts';
import { completeLongListsInTurns } from './long-lists.ts';
import { resolveIdsSynchronously } from './node-ids.ts';
import { requirePermissions } from './require-permissions.ts';
import './scalars.ts';
import './enums.ts';
import './types/errors.ts';
import './types/file.ts';
import './types/file-transitions.ts';
import './types/file-change.ts';
import './types/lifecycle.ts';
import './types/api-key.ts';
import './types/webhook.ts';
import './queries.ts';
import './operations.ts';
import './search.ts';
import './tenant-usage.ts';
import './viewer.ts';
import './mutations/register-file.ts';
import './mutations/transition-file.ts';
import './mutations/report-upload-progress.ts';
import './mutations/delete-file.ts';
import './mutations/claim-files.ts';
import './mutations/leases.ts';
import './mutations/cancel-processing.ts';
import './mutations/reprocess-files.ts';
import './mutations/api-keys.ts';
import './mutations/create-webhook.ts';
import './mutations/delete-webhook.ts';
import './mutations/replay-webhook.ts';
import './mutations/rotate-webhook-secret.ts';
import './mutations/update-webhook.ts';
import './subscriptions/subscriptions.ts';

builder.queryType({ description: 'Reads files, their history, and the lifecycle machine.' });
builder.mutationType({
  description: 'Registers, moves and deletes files. Refusals are data: select __typename in every result.',
});
builder.subscriptionType({ description: 'Watches changes and uploads, over WebSocket or server-sent events.' });

export const schema: GraphQLSchema = requirePermissions(
  limitRates(completeLongListsInTurns(resolveIdsSynchronously(builder.toSchema()))),
);

/** The schema as committed in schema.graphql. */
export const printedSchema = (): string => `${printSchema(lexicographicSortSchema(schema))}\n`;
