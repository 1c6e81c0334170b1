// docs/api-server.md runs: its commands are run against `podwire up --bare`, one after the other, and must print what the page
// shows; its TypeScript runs as it stands; its table of old versions is what the registry serves.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createCluster } from '@podwire/sim'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeWith } from './referees.ts'
import { root, UpProcess } from './up.ts'

const page = readFileSync(join(root, 'docs', 'api-server.md'), 'utf8')
const TOKEN = 'admintoken'

interface Transcript {
  readonly command: string
  readonly output: string
}

/** `$ command` and the lines it prints, of every console block. */
function transcripts(): readonly Transcript[] {
  const blocks = [...page.matchAll(/```console\n([\s\S]*?)```/g)]
  return blocks.flatMap(([, block = '']) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((part) => {
        const [command = '', ...lines] = part.split('\n')
        return { command, output: lines.join('\n').trimEnd() }
      }),
  )
}

describeWith(['kubectl', 'curl'], 'docs/api-server.md: commands', () => {
  let up: UpProcess
  beforeAll(async () => {
    up = new UpProcess(['--bare', '--token', TOKEN])
    await up.ready()
  }, 60_000)
  afterAll(async () => {
    await up.stop()
  })

  test.each(transcripts())('$command', ({ command, output }) => {
    const server = /^ready (\S+)/m.exec(up.output)?.[1] ?? ''
    const { stdout, stderr } = up.run('sh', ['-c', `SERVER=${server} TOKEN=${TOKEN}; ${command}`])
    expect(`${stdout}${stderr}`.trimEnd()).toBe(output)
  })

  test('there are commands to run', () => {
    expect(transcripts().length).toBeGreaterThan(10)
  })
})

describe('docs/api-server.md: TypeScript', () => {
  const folder = join(root, 'test', '.api-docs')
  beforeAll(() => void mkdirSync(folder, { recursive: true }))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const blocks = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = ''], index) => ({ code, index }))
  test.each(blocks)('block $index', async ({ code, index }) => {
    const file = join(folder, `block-${index}.ts`)
    writeFileSync(file, code)
    await expect(import(pathToFileURL(file).href)).resolves.toBeDefined()
  })

  test('there are blocks to run', () => {
    expect(blocks.length).toBeGreaterThan(0)
  })
})

/** Versions and the last minor release that serves them, of the page's table. */
function oldVersions(): readonly { readonly version: string; readonly last: number }[] {
  return [...page.matchAll(/^\| (`[^|]+`) \| 1\.(\d+) \|/gm)].flatMap(([, versions = '', last]) =>
    [...versions.matchAll(/`([^`]+)`/g)].map(([, version = '']) => ({ version, last: Number(last) })),
  )
}

async function served(minor: number): Promise<ReadonlySet<string>> {
  await using cluster = await createCluster({ bare: true, kubernetesVersion: `1.${minor}` })
  const types = cluster.composition.server.registry.all().map(({ type }) => type)
  return new Set(types.map(({ group, version }) => `${group}/${version}`))
}

describe('docs/api-server.md: old versions', () => {
  test.each(oldVersions())('$version is last served by 1.$last', async ({ version, last }) => {
    expect([await served(last), await served(last + 1)].map((all) => all.has(version))).toEqual([true, false])
  })

  test('every version that has gone is in the table', async () => {
    const now = await served(36)
    const gone = [...(await served(15)), ...(await served(21))].filter((version) => !now.has(version))
    expect(new Set(oldVersions().map(({ version }) => version))).toEqual(new Set(gone))
  })
})
