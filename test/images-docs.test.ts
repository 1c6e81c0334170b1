// docs/images.md runs: each TypeScript block as it stands, and its table of built-in images names images there are.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createCluster } from '@podwire/sim'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from './up.ts'

const page = readFileSync(join(root, 'docs', 'images.md'), 'utf8')

describe('docs/images.md', () => {
  const folder = join(root, 'test', '.images-docs')
  beforeAll(() => mkdirSync(folder, { recursive: true }))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const blocks = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = ''], index) => ({ code, index }))
  test.each(blocks)('TypeScript block $index', async ({ code, index }) => {
    const file = join(folder, `block-${index}.ts`)
    writeFileSync(file, code)
    await expect(import(pathToFileURL(file).href)).resolves.toBeDefined()
  })

  test('the built-in images it names are there', async () => {
    await using cluster = await createCluster({ bare: true, strictImages: true })
    const table = page.slice(page.indexOf('## Built in'))
    const names = [...table.matchAll(/^\| (`[^|]*) \|/gm)]
      .flatMap(([, cell = '']) => [...cell.matchAll(/`([a-z0-9/-]+)`/g)].map(([, name = '']) => name))
      .filter((name) => !/^v\d$/.test(name))
    expect(names.length).toBeGreaterThan(15)
    for (const name of names) expect(cluster.images.find(name), name).toBeDefined()
  })
})
