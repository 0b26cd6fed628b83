/** The page is built into dist/kiosk-ui, beside the compiled gateway; JSX settings come from tsconfig.json. */
import { defineConfig } from 'vite';

const demo = 'http://127.0.0.1:8080';

export default defineConfig({
  // Old tablets stay in service for years; the cost is a few hundred bytes.
  build: {
    outDir: '../dist/kiosk-ui',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  // `vite kiosk-ui` while a demo runs: the page of the sources, the data of the demo, which answers its own page only.
  server: { proxy: { '/api': { target: demo, ws: true, changeOrigin: true, headers: { origin: demo } } } },
});
