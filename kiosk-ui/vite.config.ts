/** The page is built into dist/kiosk-ui, beside the compiled gateway; JSX settings come from tsconfig.json. */
import { defineConfig } from 'vite';

export default defineConfig({
  // Old tablets stay in service for years; the cost is a few hundred bytes.
  build: {
    outDir: '../dist/kiosk-ui',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  // `vite kiosk-ui` while a demo runs: the page of the sources, the data of the demo.
  server: {
    proxy: { '/api': { target: 'http://127.0.0.1:8080', ws: true, changeOrigin: true, rewriteWsOrigin: true } },
  },
});
