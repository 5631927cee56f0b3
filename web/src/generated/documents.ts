// The texts of the operations. Written by `npm run documents:print` from schema.graphql and
// web/src/documents: change those.

import type { TypedDocument } from '@waybill/client';
import type {
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

export const READ_FILE_DETAILS: TypedDocument<ReadFileDetailsQuery, ReadFileDetailsQueryVariables> =
  'query ReadFileDetails($id:ID!){file(id:$id){id contentUrl properties processing{worker attempt progress message cancelRequested}transitions(last:100){edges{node{id event from to version actor occurredAt failure{code message retryable}}}pageInfo{hasPreviousPage}}}}';

export const READ_LIFECYCLE: TypedDocument<ReadLifecycleQuery, ReadLifecycleQueryVariables> =
  'query ReadLifecycle{lifecycle{version states edges{from event to guard}}}';

export const READ_VIEWER: TypedDocument<ReadViewerQuery, ReadViewerQueryVariables> =
  'query ReadViewer{viewer{subject tenant roles expiresAt}}';

export const SEARCH_FILES: TypedDocument<SearchFilesQuery, SearchFilesQueryVariables> =
  'query SearchFiles($query:String!$filter:FileFilter$first:Int!$after:String){searchFiles(query:$query filter:$filter first:$first after:$after){edges{node{...ListedFile}snippets{text hits{start end}}}pageInfo{hasNextPage endCursor}}}fragment ListedFile on File{id name contentType transfer size bytesReceived sha256 state version attempts maxAttempts failure{code message retryable}allowedEvents metadata createdAt updatedAt}';

export const TRANSITION_FILES: TypedDocument<TransitionFilesMutation, TransitionFilesMutationVariables> =
  'mutation TransitionFiles($input:[TransitionFileInput!]!){transitionFiles(input:$input){__typename ...on TransitionFileSuccess{file{id}}...on TransitionRejected{file{id state transfer allowedEvents}}...on Error{code message}}}';

export const REPROCESS_FILES: TypedDocument<ReprocessFilesMutation, ReprocessFilesMutationVariables> =
  'mutation ReprocessFiles($input:ReprocessFilesInput!){reprocessFiles(input:$input){__typename ...on ReprocessFilesSuccess{queued hasMore endCursor}...on Error{code message}}}';

export const CANCEL_PROCESSING: TypedDocument<CancelProcessingMutation, CancelProcessingMutationVariables> =
  'mutation CancelProcessing($input:CancelProcessingInput!){cancelProcessing(input:$input){__typename ...on Error{code message}}}';
