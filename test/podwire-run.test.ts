// The README's lines for labs and scenarios, run as they stand: the command as a process of its own.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeWith } from './referees.ts'
import { root } from './up.ts'

const readme = readFileSync(join(root, 'README.md'), 'utf8')
const podwire = join(root, 'packages', 'sim', 'bin', 'podwire.js')

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'podwire-run-'))
  mkdirSync(join(folder, '.podwire'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function linesOf(marker: string): readonly string[] {
  const [, block = ''] = new RegExp(`<!-- test: ${marker} -->\\n\`\`\`sh\\n([\\s\\S]*?)\`\`\``).exec(readme) ?? []
  return block.trimEnd().split('\n')
}

function run(line: string): { stdout: string; stderr: string; status: number } {
  const command = line
    .replaceAll('npx podwire', `'${process.execPath}' '${podwire}'`)
    .replaceAll(' examples/', ` ${root}/examples/`)
  const { stdout, stderr, status } = spawnSync('sh', ['-c', command], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 100_000,
    env: { ...process.env, HOME: folder, KUBECONFIG: join(folder, '.podwire', 'kubeconfig'), LANG: 'C' },
  })
  return { stdout, stderr, status: status ?? 1 }
}

describeWith(['kubectl'], 'a lab from its start to its end', () => {
  const [list = '', start = '', ...rest] = linesOf('lab')
  // What else a running cluster can be asked works in a lab as well.
  const pictures = ['npx podwire graph --format svg', 'npx podwire trace default/client http://kubia/ --format svg']
  test.each([list, start, ...pictures, ...rest])(
    '%s',
    (line) => {
      const { stdout, stderr, status } = run(line.replace('--background', '--background --dns-port 0 --speed 10'))
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
      expect(stdout).not.toBe('')
    },
    100_000,
  )

  test('without a running lab it is said what to do', () => {
    const { stderr, status } = run('npx podwire lab check')
    expect(stderr).toContain('Start one with `podwire lab start NAME`')
    expect(status).toBe(2)
  })
})

describe('podwire run', () => {
  test.each(linesOf('run'))(
    '%s',
    (line) => {
      expect(run(line)).toMatchObject({ status: 0, stderr: '' })
    },
    60_000,
  )

  test.skipIf(!existsSync('/dev/full'))('where nothing can be written it is not done', () => {
    const { status, stderr } = run('npx podwire lab list > /dev/full')
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: 'podwire: Failed to write to the standard output: the disk is full.\n',
    })
    expect(run('npx podwire run gone.yaml 2> /dev/full').status).toBe(2)
  })

  test('the status tells a step that failed from a file that cannot be used', () => {
    writeFileSync(
      join(folder, 'fails.yaml'),
      'scenario: x\ncluster: { nodes: 1, ingress: false }\nsteps: [{ exec: "false", on: external }]\n',
    )
    writeFileSync(join(folder, 'broken.yaml'), 'scenario: x\nsteps: [{ exec: "false" }]\n')
    const failed = run('npx podwire run fails.yaml --report json')
    expect(failed.status).toBe(1)
    expect(JSON.parse(failed.stdout)).toMatchObject({
      scenarios: [{ status: 'failed', steps: [{ at: 'fails.yaml:3' }] }],
    })
    const broken = run('npx podwire run broken.yaml')
    expect(broken).toMatchObject({ status: 2, stdout: '' })
    expect(broken.stderr).toContain('broken.yaml:2:9: steps[0].on: this field is missing')
  }, 60_000)

  test('a script that ends the process has not passed, one that leaves a timer behind has', () => {
    const script = (body: string): string =>
      `export const cluster = { nodes: 1, ingress: false, bare: true }\nexport default () => ${body}\n`
    writeFileSync(join(folder, 'exits.mjs'), script('process.exit(0)'))
    writeFileSync(join(folder, 'timer.mjs'), script('{ setInterval(() => {}, 1000) }'))
    expect(run('npx podwire run exits.mjs')).toMatchObject({
      status: 2,
      stderr: 'podwire: Failed to run the scenario: it called process.exit(). Let it return, or throw.\n',
    })
    expect(run('npx podwire run timer.mjs').status).toBe(0)
  })

  test('a script that waits for ever, or forgets to await what fails, is told and the others run', () => {
    const script = (body: string): string =>
      `export const cluster = { nodes: 1, ingress: false }\nexport default async ({ cluster, step }) => {\n${body}\n}\n`
    writeFileSync(join(folder, 'idle.mjs'), script("await step('never', () => new Promise(() => {}))"))
    writeFileSync(join(folder, 'forgot.mjs'), script("cluster.apply('gone.yaml'); cluster.apply('gone.yaml')"))
    const { status, stdout, stderr } = run('npx podwire run idle.mjs forgot.mjs')
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' })
    expect(stdout).toContain('Failed to take the step "never": it waits for something that never comes. Move time')
    expect(stdout).toContain('a call failed that was not awaited: Failed to read manifests: there is no file')
    expect(stdout).toContain('2 scenarios, 0 passed, 2 failed')
  }, 60_000)

  test('many seeds run from a program given with -e, whose processes do not run it again', () => {
    const file = join(root, 'examples', 'scenarios', 'affinity.ts')
    const program = `process.argv.push('run', ${JSON.stringify(file)}, '--seeds', '2'); import(${JSON.stringify(podwire)})`
    const { stdout, stderr, status } = spawnSync(process.execPath, ['-e', program, 'podwire'], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 60_000,
    })
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
    expect(stdout).toContain('2 of 2 seeds')
  }, 90_000)

  test('many seeds give the same in one process as in three, and what failed is told by its step', () => {
    const script = `
let runs = 0
export const title = 'odd seeds'
export const cluster = { nodes: 1, ingress: false, bare: true }
export default async ({ step, seed }) => {
  await step('first', () => { if (++runs !== 1) throw new Error('a variable was kept') })
  await step('even', () => { if (seed % 2 === 1) throw new Error('odd: ' + seed) })
}
`
    writeFileSync(join(folder, 'odd.mjs'), script)
    const text = run('npx podwire run odd.mjs --seeds 5 --seed 2')
    expect(text).toMatchObject({ status: 1, stderr: '' })
    expect(text.stdout).toBe(`odd seeds (odd.mjs)
  ok       3 of 5 seeds, 2 to 6
  FAILED   2 of 5 seeds  even
           at odd.mjs:7
           seeds 3, 5
           with seed 3, at 1.08s: odd: 3
           again: podwire run odd.mjs --seed 3
`)
    const [one = '', three = ''] = [1, 3].map(
      (jobs) => run(`npx podwire run odd.mjs --seeds 5 --jobs ${jobs} --report json`).stdout,
    )
    expect(three).toBe(one)
    const { scenarios } = JSON.parse(one) as { scenarios: { seed: number; traceHash: string }[] }
    expect(scenarios.map(({ seed }) => seed)).toEqual([1, 2, 3, 4, 5])
    const alone = run('npx podwire run odd.mjs --seed 4 --report json').stdout
    expect(JSON.parse(alone)).toEqual({ scenarios: [scenarios[3]] })
  }, 60_000)

  test('a script that ends its process ends no other seed before it, a faulty file no other file', () => {
    const script = (body: string): string =>
      `export const cluster = { nodes: 1, ingress: false, bare: true }\nexport default ({ seed }) => ${body}\n`
    writeFileSync(join(folder, 'third.mjs'), script('{ if (seed === 3) process.exit(5) }'))
    writeFileSync(join(folder, 'good.mjs'), script('{ setInterval(() => {}, 1000) }'))
    const { status, stdout, stderr } = run('npx podwire run third.mjs gone.yaml good.mjs --seed 1 --seeds 4 --jobs 1')
    expect(status).toBe(2)
    expect(stdout).toContain('third.mjs (third.mjs)\n  ok       2 of 2 seeds, 1 to 2\n')
    expect(stdout).toContain('good.mjs (good.mjs)\n  ok       4 of 4 seeds, 1 to 4\n')
    expect(stderr).toContain('Failed to run third.mjs with seed 3: the process that ran it ended with status 2.')
    expect(stderr).toContain('Failed to read the scenario gone.yaml: there is no such file.')
  }, 60_000)

  test('an interrupt ends many seeds with a report of those that have run', () => {
    const script = `import { writeFileSync } from 'node:fs'
export const cluster = { nodes: 1, ingress: false, bare: true }
export default ({ seed }) => { if (seed === 4) writeFileSync('fourth', '') }
`
    writeFileSync(join(folder, 'quick.mjs'), script)
    // Not before some have run, however long that takes here.
    const line =
      'npx podwire run quick.mjs --seeds 100000 --jobs 1 & until [ -e fourth ]; do sleep 0.1; done; kill -INT $!; wait $!'
    const { status, stdout } = run(line)
    expect(status).toBe(130)
    expect(stdout).toMatch(/ {2}ok +(\d+) of \1 seeds, 1 to \1\n {2}stopped {2}\d+ seeds of 100000 were not run\n/)
  }, 60_000)
})
