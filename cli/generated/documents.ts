// The texts of the operations. Written by `npm run documents:print` from schema.graphql and
// cli/documents: change those.

import type { TypedDocument } from '../../packages/client/src/index.ts';
import type {
  FollowSubscription,
  FollowSubscriptionVariables,
  FollowWholeSubscription,
  FollowWholeSubscriptionVariables,
  FileQuery,
  FileQueryVariables,
  ContentQuery,
  ContentQueryVariables,
  FilesQuery,
  FilesQueryVariables,
  HistoryQuery,
  HistoryQueryVariables,
  RegisterMutation,
  RegisterMutationVariables,
  TransitionMutation,
  TransitionMutationVariables,
  DeleteMutation,
  DeleteMutationVariables,
  CancelMutation,
  CancelMutationVariables,
  ReprocessMutation,
  ReprocessMutationVariables,
  SearchQuery,
  SearchQueryVariables,
  WebhooksQuery,
  WebhooksQueryVariables,
  WebhookQuery,
  WebhookQueryVariables,
  CreateWebhookMutation,
  CreateWebhookMutationVariables,
  ReplayWebhookMutation,
  ReplayWebhookMutationVariables,
  DeleteWebhookMutation,
  DeleteWebhookMutationVariables,
} from './operations.ts';

export const FOLLOW: TypedDocument<FollowSubscription, FollowSubscriptionVariables> =
  'subscription Follow($after:Cursor!$filter:FileChangeFilter!){fileChanges(after:$after filter:$filter){kind cursor fileId occurredAt ...on FileRegistered{file{...ChangedFile}}...on FileTransitioned{file{...ChangedFile}transition{event from to actor}}...on FileProgressed{progress{state bytesReceived size bytesPerSecond etaSeconds phase fraction message}}}}fragment ChangedFile on File{id name state version size failure{code message retryable}}';

export const FOLLOW_WHOLE: TypedDocument<FollowWholeSubscription, FollowWholeSubscriptionVariables> =
  'subscription FollowWhole($after:Cursor!$filter:FileChangeFilter!){fileChanges(after:$after filter:$filter){kind cursor fileId occurredAt ...on FileRegistered{file{...WholeFile}}...on FileTransitioned{file{...WholeFile}transition{id fileId event from to version attemptId actor failure{code message retryable}occurredAt}}}}fragment WholeFile on File{id name contentType transfer size bytesReceived sha256 state version attempts maxAttempts failure{code message retryable}retryAt processing{worker attempt progress message leaseExpiresAt cancelRequested}createdAt updatedAt metadata properties}';

export const FILE: TypedDocument<FileQuery, FileQueryVariables> =
  'query File($id:ID!){file(id:$id){...FileFacts}}fragment FileFacts on File{id name contentType transfer size bytesReceived sha256 state version attempts maxAttempts failure{code message retryable}retryAt allowedEvents uploadUrl metadata createdAt updatedAt}';

export const CONTENT: TypedDocument<ContentQuery, ContentQueryVariables> =
  'query Content($id:ID!){file(id:$id){name state size sha256 contentUrl}}';

export const FILES: TypedDocument<FilesQuery, FilesQueryVariables> =
  'query Files($first:Int!$after:String$filter:FileFilter){files(first:$first after:$after filter:$filter){edges{node{...FileFacts}}pageInfo{hasNextPage endCursor}}}fragment FileFacts on File{id name contentType transfer size bytesReceived sha256 state version attempts maxAttempts failure{code message retryable}retryAt allowedEvents uploadUrl metadata createdAt updatedAt}';

export const HISTORY: TypedDocument<HistoryQuery, HistoryQueryVariables> =
  'query History($id:ID!$first:Int!$after:String){file(id:$id){...FileFacts transitions(first:$first after:$after){edges{node{version event from to occurredAt actor attemptId failure{code message retryable}}}pageInfo{hasNextPage endCursor}}}}fragment FileFacts on File{id name contentType transfer size bytesReceived sha256 state version attempts maxAttempts failure{code message retryable}retryAt allowedEvents uploadUrl metadata createdAt updatedAt}';

export const REGISTER: TypedDocument<RegisterMutation, RegisterMutationVariables> =
  'mutation Register($input:[RegisterFileInput!]!){answers:registerFiles(input:$input){__typename ...on RegisterFileSuccess{replayed file{...FileFacts}}...Refusal}}fragment FileFacts on File{id name contentType transfer size bytesReceived sha256 state version attempts maxAttempts failure{code message retryable}retryAt allowedEvents uploadUrl metadata createdAt updatedAt}fragment Refusal on Error{code message ...on RequestError{retryAfterSeconds}}';

export const TRANSITION: TypedDocument<TransitionMutation, TransitionMutationVariables> =
  'mutation Transition($input:[TransitionFileInput!]!){answers:transitionFiles(input:$input){__typename ...on TransitionFileSuccess{file{...FileFacts}transition{from to}}...Refusal}}fragment FileFacts on File{id name contentType transfer size bytesReceived sha256 state version attempts maxAttempts failure{code message retryable}retryAt allowedEvents uploadUrl metadata createdAt updatedAt}fragment Refusal on Error{code message ...on RequestError{retryAfterSeconds}}';

export const DELETE: TypedDocument<DeleteMutation, DeleteMutationVariables> =
  'mutation Delete($input:DeleteFileInput!){answer:deleteFile(input:$input){__typename ...Refusal}}fragment Refusal on Error{code message ...on RequestError{retryAfterSeconds}}';

export const CANCEL: TypedDocument<CancelMutation, CancelMutationVariables> =
  'mutation Cancel($input:CancelProcessingInput!){answer:cancelProcessing(input:$input){__typename ...on CancelProcessingSuccess{file{name state failure{code message retryable}}}...Refusal}}fragment Refusal on Error{code message ...on RequestError{retryAfterSeconds}}';

export const REPROCESS: TypedDocument<ReprocessMutation, ReprocessMutationVariables> =
  'mutation Reprocess($input:ReprocessFilesInput!){answer:reprocessFiles(input:$input){__typename ...on ReprocessFilesSuccess{queued hasMore endCursor}...Refusal}}fragment Refusal on Error{code message ...on RequestError{retryAfterSeconds}}';

export const SEARCH: TypedDocument<SearchQuery, SearchQueryVariables> =
  'query Search($query:String!$filter:FileFilter$first:Int!$after:String){searchFiles(query:$query filter:$filter first:$first after:$after){edges{rank snippets{text hits{start end}}node{id name state contentType size}}pageInfo{hasNextPage endCursor}}}';

export const WEBHOOKS: TypedDocument<WebhooksQuery, WebhooksQueryVariables> =
  'query Webhooks($first:Int!$after:String){webhooks(first:$first after:$after){edges{node{...WebhookFacts}}pageInfo{hasNextPage endCursor}}}fragment WebhookFacts on Webhook{id url kinds states format state disabledReason cursor createdAt}';

export const WEBHOOK: TypedDocument<WebhookQuery, WebhookQueryVariables> =
  'query Webhook($id:ID!$first:Int!){node(id:$id){__typename ...on Webhook{...WebhookFacts deliveries(first:$first){edges{node{id fileId cursor state attempts status error nextAttemptAt createdAt deliveredAt}}}}}}fragment WebhookFacts on Webhook{id url kinds states format state disabledReason cursor createdAt}';

export const CREATE_WEBHOOK: TypedDocument<CreateWebhookMutation, CreateWebhookMutationVariables> =
  'mutation CreateWebhook($input:CreateWebhookInput!){answer:createWebhook(input:$input){__typename ...on CreateWebhookSuccess{secret webhook{...WebhookFacts}}...Refusal}}fragment WebhookFacts on Webhook{id url kinds states format state disabledReason cursor createdAt}fragment Refusal on Error{code message ...on RequestError{retryAfterSeconds}}';

export const REPLAY_WEBHOOK: TypedDocument<ReplayWebhookMutation, ReplayWebhookMutationVariables> =
  'mutation ReplayWebhook($input:ReplayWebhookInput!){answer:replayWebhook(input:$input){__typename ...on ReplayWebhookSuccess{webhook{...WebhookFacts}}...Refusal}}fragment WebhookFacts on Webhook{id url kinds states format state disabledReason cursor createdAt}fragment Refusal on Error{code message ...on RequestError{retryAfterSeconds}}';

export const DELETE_WEBHOOK: TypedDocument<DeleteWebhookMutation, DeleteWebhookMutationVariables> =
  'mutation DeleteWebhook($input:DeleteWebhookInput!){answer:deleteWebhook(input:$input){__typename ...Refusal}}fragment Refusal on Error{code message ...on RequestError{retryAfterSeconds}}';
