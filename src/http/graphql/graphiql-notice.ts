// What GraphiQL cannot do here, in a sentence: it would show the refusals, but not say that they are meant.
import type { DocumentSwitches } from '../../graphql/documents.ts';

/** HTML; null: it can do everything. */
export function noticeFor({
  introspection,
  trusted,
}: Pick<DocumentSwitches, 'introspection' | 'trusted'>): string | null {
  if (trusted !== null) {
    return 'This server executes trusted documents only (WAYBILL_TRUSTED_DOCUMENTS): GraphiQL can run those that are in its file, and shows the schema only if the file has the introspection query.';
  }
  if (introspection) return null;
  return 'Introspection is switched off on this server (WAYBILL_INTROSPECTION): GraphiQL runs operations, but cannot show the schema.';
}
