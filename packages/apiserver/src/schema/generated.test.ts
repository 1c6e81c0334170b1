// What is committed in the generated folders is what the generator writes.

import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const packageDir = new URL('../../', import.meta.url)

describe('generated files', async () => {
  const script = (await import(new URL('scripts/generate.mjs', packageDir).href)) as {
    readonly generate: () => ReadonlyMap<string, string>
  }
  const files = script.generate()

  it.each([...files.keys()])('%s is up to date', (path) => {
    expect(readFileSync(new URL(path, packageDir), 'utf8') === files.get(path), `run node scripts/generate.mjs`).toBe(
      true,
    )
  })

  it('has no leftovers', () => {
    for (const folder of ['src/objects/generated/', 'src/schema/generated/']) {
      for (const name of readdirSync(new URL(folder, packageDir)))
        expect(files.has(folder + name), folder + name).toBe(true)
    }
  })
})
