// The commands about webhooks: their arguments and options.
import { type Command as Commander, Option } from 'commander';
import type { ListenOptions } from '../commands/webhooks/listen.ts';
import type {
  AddWebhookOptions,
  ListWebhooksOptions,
  RemoveWebhooksOptions,
  ReplayOptions,
  ShowWebhookOptions,
} from '../commands/webhooks/manage.ts';
import { collectTexts, parseCount } from '../options.ts';
import { JSON_OPTION, type Run, newStateOption } from './shared.ts';

const STATES = ['only changes after which the file is in this state', 'all'] as const;
const kindOption = (): Option =>
  new Option('-k, --kind <kind>', 'only changes of this kind: registered, transitioned or deleted (repeatable)')
    .argParser(collectTexts)
    .default([], 'all');

export function addWebhooks(program: Commander, run: Run): void {
  const webhooks = program.command('webhooks').description('Send changes to URLs, and see what became of them.');
  addManagers(webhooks, run);
  webhooks
    .command('listen')
    .description(
      'Send changes to a URL of this machine as a webhook would, signed the same way, until Ctrl-C: to try a receiver.',
    )
    .argument('<url>', 'such as http://localhost:3000/hook')
    .option('--secret <secret>', 'what to sign with (default: a new one, which is printed)')
    .addOption(newStateOption(...STATES))
    .addOption(kindOption())
    .option('--after <cursor>', 'start after this cursor')
    .option(...JSON_OPTION)
    .action((url: string, own: Omit<ListenOptions, 'url'>) =>
      run(async () => (await import('../commands/webhooks/listen.ts')).runListen, { ...own, url }),
    );
}

function addManagers(webhooks: Commander, run: Run): void {
  const manage = () => import('../commands/webhooks/manage.ts');
  webhooks
    .command('add')
    .description('Create a webhook. Its secret is printed here and nowhere else.')
    .argument('<url>', 'where to send')
    .addOption(newStateOption(...STATES))
    .addOption(kindOption())
    .option('--cloudevents', 'send CloudEvents 1.0')
    .option('--after <cursor>', 'send the changes after this cursor (default: from now on)')
    .option(...JSON_OPTION)
    .action((url: string, own: Omit<AddWebhookOptions, 'url'>) =>
      run(async () => (await manage()).runAdd, { ...own, url }),
    );
  webhooks
    .command('ls')
    .description('List webhooks, newest first.')
    .option(...JSON_OPTION)
    .action((own: ListWebhooksOptions) => run(async () => (await manage()).runListWebhooks, own));
  webhooks
    .command('show')
    .description('Show a webhook and its newest deliveries.')
    .argument('<id>', 'webhook id')
    .option('-l, --limit <n>', 'maximum number of deliveries', parseCount(1_000), 20)
    .option(...JSON_OPTION)
    .action((id: string, own: Omit<ShowWebhookOptions, 'id'>) =>
      run(async () => (await manage()).runShowWebhook, { ...own, id }),
    );
  webhooks
    .command('rm')
    .description('Delete webhooks.')
    .argument('<id...>', 'webhook ids')
    .option(...JSON_OPTION)
    .action((ids: string[], own: Omit<RemoveWebhooksOptions, 'ids'>) =>
      run(async () => (await manage()).runRemoveWebhooks, { ...own, ids }),
    );
  webhooks
    .command('replay')
    .description('Send everything after a cursor again, in order. Makes the webhook ACTIVE.')
    .argument('<id>', 'webhook id')
    .option('--after <cursor>', 'a cursor (default: that of the webhook, before the oldest that has not arrived)')
    .option(...JSON_OPTION)
    .action((id: string, own: Omit<ReplayOptions, 'id'>) =>
      run(async () => (await manage()).runReplay, { ...own, id }),
    );
}
