// Light or dark: as the system is, or as was chosen.
import { useStore } from '@waybill/client/react';
import { Observable } from './observable.ts';

export type Theme = 'system' | 'light' | 'dark';
export const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

const KEY = 'waybill:theme';
const chosen = new Observable<Theme>(THEMES.find((theme) => theme === localStorage.getItem(KEY)) ?? 'system');

const apply = (theme: Theme): void => {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
};
apply(chosen.getSnapshot());

export const useTheme = (): Theme => useStore(chosen);

export function chooseTheme(theme: Theme): void {
  localStorage.setItem(KEY, theme);
  apply(theme);
  chosen.set(theme);
}
