// docs/time.md runs: each TypeScript block as it stands. What its comments say is printed is what is printed.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { root } from './up.ts'

const page = readFileSync(join(root, 'docs', 'time.md'), 'utf8')

describe('docs/time.md', () => {
  const folder = join(root, 'test', '.time-docs')
  beforeAll(() => void mkdirSync(folder, { recursive: true }))
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true })
    rmSync(join(root, 'hello.json'), { force: true }) // which the page saves
  })

  const blocks = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = ''], index) => ({ code, index }))
  test.each(blocks)('TypeScript block $index', async ({ code, index }) => {
    const printed: string[] = []
    const log = vi.spyOn(console, 'log').mockImplementation((...words) => void printed.push(words.join(' ')))
    const file = join(folder, `block-${index}.ts`)
    writeFileSync(file, code)
    await import(pathToFileURL(file).href).finally(() => log.mockRestore())
    const expected = [...code.matchAll(/^ *console\.log\(.*\) \/\/ (.*)$/gm)].map(([, text = '']) => text)
    if (expected.length > 0) expect(printed).toEqual(expected)
    expect(printed.length).toBeGreaterThan(0)
  })
})
