import { defineConfig } from 'vitest/config';

export default defineConfig({
  base: './', // works under any path: no address of its own stands in what is built
  build: { target: 'es2022' },
  test: { environment: 'node', include: ['test/**/*.test.ts'] },
});
