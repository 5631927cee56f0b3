// How the page is built and, with `npx vite web`, served to whoever works on it. Needs no plugin: JSX is compiled by Vite itself.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** Of the Waybill that `npx vite web` shows. */
const SERVER = 'http://127.0.0.1:4000';

export default defineConfig({
  root: path('.'),
  // Relative, since a proxy may serve us below a path.
  base: './',
  resolve: {
    // The sources of the package: it needs no build of its own.
    alias: [
      { find: /^@waybill\/client\/react$/, replacement: path('../packages/client/src/react.ts') },
      { find: /^@waybill\/client\/upload$/, replacement: path('../packages/client/src/upload.ts') },
      { find: /^@waybill\/client$/, replacement: path('../packages/client/src/index.ts') },
    ],
  },
  oxc: { jsx: { runtime: 'automatic' } },
  build: {
    target: 'es2022',
    emptyOutDir: true,
    // Nothing is inline: the policy of the page (src/http/page/policy.ts) forbids data URLs too.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    proxy: Object.fromEntries(
      ['/graphql', '/uploads', '/files'].map((each) => [each, { target: SERVER, ws: true, changeOrigin: true }]),
    ),
  },
});
