// docs/dns.md runs: its manifests are applied, its commands are run where the block says and must print what the page shows,
// and its TypeScript runs as it stands.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createCluster, type Cluster } from '@podwire/sim'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from './up.ts'

const page = readFileSync(join(root, 'docs', 'dns.md'), 'utf8')

interface Transcript {
  readonly pod: string
  readonly command: string
  readonly output: string
}

/** `$ command` and the lines it prints, of every console block; the comment before a block names the pod. */
function transcripts(): readonly Transcript[] {
  const found: Transcript[] = []
  for (const [, pod = '', block = ''] of page.matchAll(/<!-- in: (\S+) -->\n```console\n([\s\S]*?)```/g)) {
    for (const part of block.split(/^\$ /m).slice(1)) {
      const [command = '', ...lines] = part.split('\n')
      found.push({ pod, command, output: lines.join('\n').trimEnd() })
    }
  }
  return found
}

describe('docs/dns.md', () => {
  let cluster: Cluster
  const folder = join(root, 'test', '.dns-docs')

  beforeAll(async () => {
    mkdirSync(folder, { recursive: true })
    cluster = await createCluster({ ingress: false })
    for (const [, manifests = ''] of page.matchAll(/```yaml\n([\s\S]*?)```/g)) {
      await cluster.apply(manifests)
      await cluster.settle()
    }
  })
  afterAll(async () => {
    await cluster.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  test.each(transcripts())('in $pod: $command', async ({ pod, command, output }) => {
    const { stdout, stderr } = await cluster.pod(pod).exec(command)
    expect(`${stdout}${stderr}`.replaceAll('\t', '    ').trimEnd()).toBe(output)
  })

  const blocks = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = ''], index) => ({ code, index }))
  test.each(blocks)('TypeScript block $index', async ({ code, index }) => {
    const file = join(folder, `block-${index}.ts`)
    writeFileSync(file, code)
    await expect(import(pathToFileURL(file).href)).resolves.toBeDefined()
  })

  test('there is something to run', () => {
    expect([transcripts().length > 5, blocks.length > 1]).toEqual([true, true])
  })
})
