// The README's snippets run: TypeScript blocks as they stand, shell blocks against `podwire up`.

import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeWith } from './referees.ts'
import { root, UpProcess } from './up.ts'

const readme = readFileSync(join(root, 'README.md'), 'utf8')

/** The code blocks of a language, in order. */
function blocks(language: string, marker = ''): readonly string[] {
  const pattern = new RegExp(`${marker}\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g')
  return [...readme.matchAll(pattern)].map(([, code = '']) => code)
}

describe('README: TypeScript', () => {
  const folder = join(root, 'test', '.readme')
  beforeAll(() => void mkdirSync(folder, { recursive: true }))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  // Those of vitest are run in a project of their own: test/packages.test.ts.
  const scripts = blocks('ts').filter((code) => !/from '(vitest|@podwire\/sim\/vitest)'/.test(code))

  test.each(scripts.map((code, index) => ({ name: `block ${index + 1}`, code, index })))(
    '$name runs',
    async ({ code, index }) => {
      const file = join(folder, `block-${index + 1}.ts`)
      writeFileSync(file, code)
      await expect(import(pathToFileURL(file).href)).resolves.toBeDefined()
    },
  )

  test('there are blocks to run', () => {
    expect(blocks('ts').length).toBeGreaterThan(2)
  })
})

describe('README: rules without a cluster', () => {
  const [block = ''] = blocks('sh', '<!-- test: rules -->\\n')

  test.each(block.split('\n').filter((line) => line !== ''))('%s', (line) => {
    const { stdout, stderr, status } = spawnSync('sh', ['-c', line], { cwd: root, encoding: 'utf8' })
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
    expect(stdout).toContain('10.244.0.5')
  })

  test('there are lines to run', () => {
    expect(block.split('\n').length).toBeGreaterThan(1)
  })
})

describeWith(['kubectl', 'curl'], 'README: shell', () => {
  let up: UpProcess
  beforeAll(async () => {
    up = new UpProcess(['--demo', '--dns-port', '0'])
    await up.ready()
  }, 60_000)
  afterAll(async () => {
    await up.stop()
  })

  const [block = ''] = blocks('sh', '<!-- test: up -->\\n')
  const lines = block.split('\n').filter((line) => line !== '' && !line.startsWith('export '))

  test.each(lines)('%s', (line) => {
    // Another cluster on this machine may have the first block of addresses.
    const here = /node-1\s+172\.18\.0\.2\s+(127\.\d+\.)0\.2/.exec(up.output)?.[1] ?? '127.18.'
    const { stdout, stderr, status } = up.run('sh', ['-c', line.replaceAll('127.18.', here)])
    expect(`${status} ${stderr}`).toMatch(/^0/)
    expect(stdout).not.toBe('')
  })

  test('there are lines to run', () => {
    expect(lines.length).toBeGreaterThan(4)
  })
})
