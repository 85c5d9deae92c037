import { defineConfig } from 'vitest/config';

export default defineConfig({
  base: './', // works under any path: no address of its own stands in what is built
  server: { port: 5173, strictPort: true }, // the read API answers pages of that origin (site_origins)
  build: { target: 'es2022' },
  test: { environment: 'node', include: ['test/**/*.test.ts'] },
});
