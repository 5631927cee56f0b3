// The texts of the operations. Written by `npm run documents:print` from schema.graphql and
// web/src/documents: change those.

import type { TypedDocument } from '@waybill/client';
import type {
  ReadOperationsQuery,
  ReadOperationsQueryVariables,
  CountChangesSubscription,
  CountChangesSubscriptionVariables,
  ReadUsageQuery,
  ReadUsageQueryVariables,
  ReadWebhooksQuery,
  ReadWebhooksQueryVariables,
  ReadDeliveriesQuery,
  ReadDeliveriesQueryVariables,
  CreateWebhookMutation,
  CreateWebhookMutationVariables,
  UpdateWebhookMutation,
  UpdateWebhookMutationVariables,
  RotateWebhookSecretMutation,
  RotateWebhookSecretMutationVariables,
  DeleteWebhookMutation,
  DeleteWebhookMutationVariables,
  ReplayWebhookMutation,
  ReplayWebhookMutationVariables,
  ReadApiKeysQuery,
  ReadApiKeysQueryVariables,
  CreateApiKeyMutation,
  CreateApiKeyMutationVariables,
  RevokeApiKeyMutation,
  RevokeApiKeyMutationVariables,
  ReadFileDetailsQuery,
  ReadFileDetailsQueryVariables,
  ReadLifecycleQuery,
  ReadLifecycleQueryVariables,
  ReadViewerQuery,
  ReadViewerQueryVariables,
  SearchFilesQuery,
  SearchFilesQueryVariables,
  TransitionFilesMutation,
  TransitionFilesMutationVariables,
  ReprocessFilesMutation,
  ReprocessFilesMutationVariables,
  CancelProcessingMutation,
  CancelProcessingMutationVariables,
} from './operations.ts';

export const READ_OPERATIONS: TypedDocument<ReadOperationsQuery, ReadOperationsQueryVariables> =
  'query ReadOperations{operations{readAt queues{queue waiting oldestSeconds taken workers}subscriptions feedLagSeconds webhookLagSeconds}}';

export const COUNT_CHANGES: TypedDocument<CountChangesSubscription, CountChangesSubscriptionVariables> =
  'subscription CountChanges($after:Cursor){fileChanges(after:$after){cursor kind}}';

export const READ_USAGE: TypedDocument<ReadUsageQuery, ReadUsageQueryVariables> =
  'query ReadUsage{tenantUsage{files bytes openUploads filesQuota bytesQuota openUploadsQuota rateLimit}}';

export const READ_WEBHOOKS: TypedDocument<ReadWebhooksQuery, ReadWebhooksQueryVariables> =
  'query ReadWebhooks($first:Int!){webhooks(first:$first){edges{node{...ListedWebhook}}}}fragment ListedWebhook on Webhook{id url kinds states format state disabledReason cursor createdAt}';

export const READ_DELIVERIES: TypedDocument<ReadDeliveriesQuery, ReadDeliveriesQueryVariables> =
  'query ReadDeliveries($id:ID!$first:Int!$after:String){node(id:$id){__typename ...on Webhook{id deliveries(first:$first after:$after){edges{node{id fileId cursor state attempts status error nextAttemptAt createdAt deliveredAt}}pageInfo{hasNextPage endCursor}}}}}';

export const CREATE_WEBHOOK: TypedDocument<CreateWebhookMutation, CreateWebhookMutationVariables> =
  'mutation CreateWebhook($input:CreateWebhookInput!){createWebhook(input:$input){__typename ...on CreateWebhookSuccess{secret}...on RequestError{code message field}}}';

export const UPDATE_WEBHOOK: TypedDocument<UpdateWebhookMutation, UpdateWebhookMutationVariables> =
  'mutation UpdateWebhook($input:UpdateWebhookInput!){updateWebhook(input:$input){__typename ...Refusal}}fragment Refusal on Error{code message}';

export const ROTATE_WEBHOOK_SECRET: TypedDocument<RotateWebhookSecretMutation, RotateWebhookSecretMutationVariables> =
  'mutation RotateWebhookSecret($input:RotateWebhookSecretInput!){rotateWebhookSecret(input:$input){__typename ...on RotateWebhookSecretSuccess{secret}...Refusal}}fragment Refusal on Error{code message}';

export const DELETE_WEBHOOK: TypedDocument<DeleteWebhookMutation, DeleteWebhookMutationVariables> =
  'mutation DeleteWebhook($input:DeleteWebhookInput!){deleteWebhook(input:$input){__typename ...Refusal}}fragment Refusal on Error{code message}';

export const REPLAY_WEBHOOK: TypedDocument<ReplayWebhookMutation, ReplayWebhookMutationVariables> =
  'mutation ReplayWebhook($input:ReplayWebhookInput!){replayWebhook(input:$input){__typename ...Refusal}}fragment Refusal on Error{code message}';

export const READ_API_KEYS: TypedDocument<ReadApiKeysQuery, ReadApiKeysQueryVariables> =
  'query ReadApiKeys($first:Int!$after:String){apiKeys(first:$first after:$after){edges{node{id name roles createdAt expiresAt lastUsedAt}}pageInfo{hasNextPage endCursor}}}';

export const CREATE_API_KEY: TypedDocument<CreateApiKeyMutation, CreateApiKeyMutationVariables> =
  'mutation CreateApiKey($input:CreateApiKeyInput!){createApiKey(input:$input){__typename ...on CreateApiKeySuccess{secret}...on RequestError{code message field}}}';

export const REVOKE_API_KEY: TypedDocument<RevokeApiKeyMutation, RevokeApiKeyMutationVariables> =
  'mutation RevokeApiKey($input:RevokeApiKeyInput!){revokeApiKey(input:$input){__typename ...Refusal}}fragment Refusal on Error{code message}';

export const READ_FILE_DETAILS: TypedDocument<ReadFileDetailsQuery, ReadFileDetailsQueryVariables> =
  'query ReadFileDetails($id:ID!){file(id:$id){id contentUrl properties processing{worker attempt progress message cancelRequested}transitions(last:100){edges{node{id event from to version actor occurredAt failure{code message retryable}}}pageInfo{hasPreviousPage}}}}';

export const READ_LIFECYCLE: TypedDocument<ReadLifecycleQuery, ReadLifecycleQueryVariables> =
  'query ReadLifecycle{lifecycle{version states edges{from event to guard}}}';

export const READ_VIEWER: TypedDocument<ReadViewerQuery, ReadViewerQueryVariables> =
  'query ReadViewer{viewer{subject tenant roles expiresAt}}';

export const SEARCH_FILES: TypedDocument<SearchFilesQuery, SearchFilesQueryVariables> =
  'query SearchFiles($query:String!$filter:FileFilter$first:Int!$after:String){searchFiles(query:$query filter:$filter first:$first after:$after){edges{node{...ListedFile}snippets{text hits{start end}}}pageInfo{hasNextPage endCursor}}}fragment ListedFile on File{id name contentType transfer size bytesReceived sha256 state version attempts maxAttempts failure{code message retryable}allowedEvents metadata createdAt updatedAt}';

export const TRANSITION_FILES: TypedDocument<TransitionFilesMutation, TransitionFilesMutationVariables> =
  'mutation TransitionFiles($input:[TransitionFileInput!]!){transitionFiles(input:$input){__typename ...on TransitionFileSuccess{file{id}}...on TransitionRejected{file{id state transfer allowedEvents}}...Refusal}}fragment Refusal on Error{code message}';

export const REPROCESS_FILES: TypedDocument<ReprocessFilesMutation, ReprocessFilesMutationVariables> =
  'mutation ReprocessFiles($input:ReprocessFilesInput!){reprocessFiles(input:$input){__typename ...on ReprocessFilesSuccess{queued hasMore endCursor}...Refusal}}fragment Refusal on Error{code message}';

export const CANCEL_PROCESSING: TypedDocument<CancelProcessingMutation, CancelProcessingMutationVariables> =
  'mutation CancelProcessing($input:CancelProcessingInput!){cancelProcessing(input:$input){__typename ...Refusal}}fragment Refusal on Error{code message}';
