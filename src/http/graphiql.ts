// GraphiQL as a browser gets it at /graphql: one page with all its assets, from this machine.
import type { GraphiQLOptions } from 'graphql-yoga';
import { EXAMPLE_TABS } from './example-operations.ts';

export const GRAPHIQL: GraphiQLOptions = {
  title: 'Waybill',
  defaultTabs: [...EXAMPLE_TABS],
  subscriptionsProtocol: 'WS',
};

// GraphiQL moves a tab from under the pressed mouse once the row of tabs has changed, and the click is lost.
const STILL_TABS = '<style>.graphiql-tab { transform: none !important; }</style>';

/** The package is 9 MB of text: read when somebody first asks. */
export async function renderGraphiQLPage(options: GraphiQLOptions): Promise<string> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  return renderGraphiQL(options).replace('</head>', `${STILL_TABS}</head>`);
}
