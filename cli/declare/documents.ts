// The command for operators of servers that execute trusted documents only.
import type { Command as Commander } from 'commander';
import type { Run } from './shared.ts';

export function addDocuments(program: Commander, run: Run): void {
  program
    .command('documents')
    .description(
      'Print the GraphQL documents of this command line by their SHA-256, for WAYBILL_TRUSTED_DOCUMENTS. Needs no server.',
    )
    .action(() => run(async () => (await import('../commands/documents.ts')).runDocuments, {}));
}
