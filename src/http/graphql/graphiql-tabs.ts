// Which of its tabs GraphiQL opens with. The function runs in the browser: the page contains its text, so it may use
// nothing from outside of itself.

interface SavedTab {
  readonly query: string | null;
  readonly variables: string | null;
  readonly headers: string | null;
}

interface SavedTabs {
  readonly tabs: readonly SavedTab[];
  activeTabIndex: number;
}

/**
 * All browser tabs share what GraphiQL has saved. A new one opens on the example that watches if the saved choice is the
 * example that acts, because the first browser tab shows that one. Otherwise, and on a reload, the saved choice stays.
 *
 * GraphiQL looks for the tab of the saved query, variables and headers, and adds an empty tab if there is none: it saves
 * them on the first edit only, and any of its tabs may have saved them last. So they are made to fit.
 *
 * @param saved what outlives the browser tab: localStorage
 * @param session what outlives a reload: sessionStorage
 * @param search the query of the URL; GraphiQL opens with the operation that it names
 */
export function chooseTab(saved: Storage, session: Storage, search: string): void {
  const isReload = session.getItem('waybill:opened') !== null;
  session.setItem('waybill:opened', 'yes');
  const text = saved.getItem('graphiql:tabState');
  if (text === null || new URLSearchParams(search).has('query')) return;
  const state = JSON.parse(text) as SavedTabs;
  const watching = state.tabs.findIndex(({ query }) => query?.includes('subscription Watch') === true);
  const isActing = state.tabs[state.activeTabIndex]?.query?.includes('mutation Register') === true;
  if (!isReload && isActing && watching >= 0) state.activeTabIndex = watching;
  const chosen = state.tabs[state.activeTabIndex];
  if (chosen === undefined) return;
  saved.setItem('graphiql:tabState', JSON.stringify(state));
  for (const part of ['query', 'variables', 'headers'] as const) {
    const value = chosen[part] ?? '';
    if (value === '') saved.removeItem(`graphiql:${part}`);
    else saved.setItem(`graphiql:${part}`, value);
  }
}
