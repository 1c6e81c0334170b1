// docs/reference.md says what the package exports: it is made from the declarations, and must not fall behind them.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from './up.ts'

test('docs/reference.md is what `npm run reference` writes', async () => {
  const path = '../scripts/api-reference.mjs'
  const { reference } = (await import(path)) as { readonly reference: () => string }
  const now = reference()
  expect(readFileSync(join(root, 'docs', 'reference.md'), 'utf8')).toBe(now)
  for (const name of ['createCluster', 'Cluster', 'assertReaches', 'clusterTest'])
    expect(now).toContain(`\n### ${name}\n`)
})
