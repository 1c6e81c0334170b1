// Every kubectl on the machine types the same transcripts into one cluster, and must print what a real cluster makes it print.
// All versions run side by side, each in namespaces of its own; the transcript of nodes is run by one after the other.

import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeWith } from '../referees.ts'
import { UpProcess } from '../up.ts'
import { expectation, parseTranscript, type, type Session } from './transcript.ts'

const here = dirname(new URL(import.meta.url).pathname)

/** Version → path: `kubectl` on the PATH and, beside the real file, `kubectl.1.27` and so on. */
function findKubectls(): readonly (readonly [string, string])[] {
  const found = spawnSync('sh', ['-c', 'command -v kubectl'], { encoding: 'utf8' })
  if (found.status !== 0) return []
  const folder = dirname(realpathSync(found.stdout.trim()))
  const names = readdirSync(folder).filter((name) => /^kubectl\.1\.\d+$/.test(name))
  return names
    .sort((a, b) => (a < b ? -1 : 1))
    .map((name) => [name.slice('kubectl.'.length), join(folder, name)] as const)
}

/** The version of the only kubectl there is, e.g. `1.33`. */
function pathKubectl(): readonly (readonly [string, string])[] {
  const { stdout, status } = spawnSync('kubectl', ['version', '--client', '-o', 'json'], { encoding: 'utf8' })
  const version = /"gitVersion": "v(\d+\.\d+)/.exec(stdout ?? '')?.[1]
  return status === 0 && version !== undefined ? [[version, 'kubectl']] : []
}

const kubectls = findKubectls()
const VERSIONS = kubectls.length > 0 ? kubectls : pathKubectl()
const SHARED_NODES = 'nodes.txt'
const TRANSCRIPTS = readdirSync(here).filter((name) => name.endsWith('.txt') && name !== SHARED_NODES)

describeWith(['kubectl', 'diff', 'sed'], 'the battery', () => {
  let up: UpProcess
  const folder = mkdtempSync(join(tmpdir(), 'podwire-battery-'))

  beforeAll(async () => {
    up = new UpProcess(['--dns-port', '0', '--speed', '20'])
    await up.ready()
  }, 60_000)

  afterAll(async () => {
    await up.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** A folder with its own kubeconfig and cache, where `kubectl` is the version wanted. */
  function session(version: string, path: string, name: string, index: number): Session {
    const cwd = join(folder, `${version}-${name}`)
    const bin = join(cwd, 'bin')
    mkdirSync(bin, { recursive: true })
    if (path !== 'kubectl') symlinkSync(path, join(bin, 'kubectl'))
    copyFileSync(up.kubeconfig, join(cwd, 'kubeconfig'))
    const env = {
      ...process.env,
      KUBECONFIG: join(cwd, 'kubeconfig'),
      HOME: cwd,
      PATH: `${bin}:${process.env['PATH']}`,
    }
    return { namespace: `v${version.replace('.', '-')}`, port: 31_000 + index * 13, cwd, env }
  }

  async function play(name: string, version: string, path: string, index: number): Promise<void> {
    const place = session(version, path, name, index)
    for (const command of parseTranscript(readFileSync(join(here, name), 'utf8'), version)) {
      const printed = await type(command, place)
      const title = `${name}:${command.at} $ ${command.line}`
      expect([title, ...printed]).toEqual([title, ...expectation(command)])
    }
  }

  describe.each(TRANSCRIPTS)('%s', (name) => {
    test.concurrent.for(VERSIONS.map(([version, path], index) => [version, path, index] as const))(
      'kubectl %s',
      { timeout: 300_000 },
      ([version, path, index]) => play(name, version, path, index),
    )
  })

  test.each(VERSIONS)(`${SHARED_NODES}: kubectl %s`, { timeout: 120_000 }, (version, path) =>
    play(SHARED_NODES, version, path, 0),
  )
})
