// The texts of the operations. Written by `npm run documents:print` from schema.graphql and
// packages/client/src/documents: change those.

import type { TypedDocument } from '../document.ts';
import type {
  FollowChangesSubscription,
  FollowChangesSubscriptionVariables,
  ReadFilesQuery,
  ReadFilesQueryVariables,
  ReadFileQuery,
  ReadFileQueryVariables,
  ReadCountsQuery,
  ReadCountsQueryVariables,
  ReadFeedCursorQuery,
  ReadFeedCursorQueryVariables,
  RegisterFileMutation,
  RegisterFileMutationVariables,
  TransitionFileMutation,
  TransitionFileMutationVariables,
  DeleteFileMutation,
  DeleteFileMutationVariables,
  ReadUploadQuery,
  ReadUploadQueryVariables,
  WatchChangesSubscription,
  WatchChangesSubscriptionVariables,
} from './operations.ts';

/** The inputs that take an idempotency key. */
export const KEYED_INPUTS = ['FileEventInput', 'RegisterFileInput', 'TransitionFileInput'] as const;

export const FOLLOW_CHANGES: TypedDocument<FollowChangesSubscription, FollowChangesSubscriptionVariables> =
  'subscription FollowChanges($after:Cursor!$filter:FileChangeFilter){fileChanges(after:$after filter:$filter){__typename cursor kind fileId occurredAt ...on FileChangeWithFile{file{...ListedFile}}...on FileTransitioned{transition{id event from to version attemptId actor occurredAt}}...on FileProgressed{progress{fileId state bytesReceived size bytesPerSecond etaSeconds phase fraction message}}}}fragment ListedFile on File{id name contentType transfer size bytesReceived sha256 state version attempts maxAttempts failure{code message retryable}allowedEvents metadata createdAt updatedAt}';

export const READ_FILES: TypedDocument<ReadFilesQuery, ReadFilesQueryVariables> =
  'query ReadFiles($filter:FileFilter$orderBy:FileOrder$first:Int!$after:String){feedCursor files(filter:$filter orderBy:$orderBy first:$first after:$after){edges{cursor node{...ListedFile}}pageInfo{hasNextPage endCursor}}}fragment ListedFile on File{id name contentType transfer size bytesReceived sha256 state version attempts maxAttempts failure{code message retryable}allowedEvents metadata createdAt updatedAt}';

export const READ_FILE: TypedDocument<ReadFileQuery, ReadFileQueryVariables> =
  'query ReadFile($id:ID!){feedCursor file(id:$id){...ListedFile}}fragment ListedFile on File{id name contentType transfer size bytesReceived sha256 state version attempts maxAttempts failure{code message retryable}allowedEvents metadata createdAt updatedAt}';

export const READ_COUNTS: TypedDocument<ReadCountsQuery, ReadCountsQueryVariables> =
  'query ReadCounts{feedCursor fileCounts{state count}}';

export const READ_FEED_CURSOR: TypedDocument<ReadFeedCursorQuery, ReadFeedCursorQueryVariables> =
  'query ReadFeedCursor{feedCursor}';

export const REGISTER_FILE: TypedDocument<RegisterFileMutation, RegisterFileMutationVariables> =
  'mutation RegisterFile($input:RegisterFileInput!){registerFile(input:$input){__typename ...on RegisterFileSuccess{replayed file{...ListedFile uploadUrl}}...on RequestError{field retryAfterSeconds}...on Error{code message}}}fragment ListedFile on File{id name contentType transfer size bytesReceived sha256 state version attempts maxAttempts failure{code message retryable}allowedEvents metadata createdAt updatedAt}';

export const TRANSITION_FILE: TypedDocument<TransitionFileMutation, TransitionFileMutationVariables> =
  'mutation TransitionFile($input:TransitionFileInput!){transitionFile(input:$input){__typename ...on TransitionFileSuccess{replayed file{...ListedFile}}...on TransitionRejected{file{...ListedFile}}...on RequestError{field retryAfterSeconds}...on Error{code message}}}fragment ListedFile on File{id name contentType transfer size bytesReceived sha256 state version attempts maxAttempts failure{code message retryable}allowedEvents metadata createdAt updatedAt}';

export const DELETE_FILE: TypedDocument<DeleteFileMutation, DeleteFileMutationVariables> =
  'mutation DeleteFile($input:DeleteFileInput!){deleteFile(input:$input){__typename ...on DeleteFileSuccess{id}...on TransitionRejected{file{...ListedFile}}...on RequestError{field retryAfterSeconds}...on Error{code message}}}fragment ListedFile on File{id name contentType transfer size bytesReceived sha256 state version attempts maxAttempts failure{code message retryable}allowedEvents metadata createdAt updatedAt}';

export const READ_UPLOAD: TypedDocument<ReadUploadQuery, ReadUploadQueryVariables> =
  'query ReadUpload($id:ID!){file(id:$id){...ListedFile uploadUrl retryAt}}fragment ListedFile on File{id name contentType transfer size bytesReceived sha256 state version attempts maxAttempts failure{code message retryable}allowedEvents metadata createdAt updatedAt}';

export const WATCH_CHANGES: TypedDocument<WatchChangesSubscription, WatchChangesSubscriptionVariables> =
  'subscription WatchChanges($after:Cursor!$filter:FileChangeFilter){fileChanges(after:$after filter:$filter){cursor}}';
