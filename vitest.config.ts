import { defineConfig } from 'vitest/config'

// Tests run on the sources; only the libraries that are loaded on demand come from the build. Packages resolve through the `podwire-source` export condition.
export default defineConfig({
  resolve: { conditions: ['podwire-source', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['podwire-source', 'node', 'import', 'default'] } },
  // CommonJS packages look as they do under Node itself.
  test: {
    deps: { interopDefault: false },
    include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts'],
    pool: 'threads',
    // Vitest's own choice leaves one core to itself, which is half of a machine with two.
    maxWorkers: '100%',
    testTimeout: 20_000,
  },
})
