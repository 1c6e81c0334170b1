// The packages as a user gets them: packed, installed from their tarballs in an empty project elsewhere, and the README's examples run
// there with plain node, with TypeScript and with vitest.

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from './up.ts'

const readme = readFileSync(join(root, 'README.md'), 'utf8')
const testing = readFileSync(join(root, 'docs/testing.md'), 'utf8')
const blocks = (language: string, text = readme): readonly string[] =>
  [...text.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, code = '']) => code)

const needsVitest = (code: string): boolean => /from '(vitest|@podwire\/sim\/vitest)'/.test(code)
const scripts = blocks('ts').filter((code) => !needsVitest(code))

let folder: string

/** Runs a command in the user's project; what it says is part of the error when it fails. */
function run(command: string): string {
  // The project is on its own: nothing of this repository's environment (its vitest, its conditions) is to reach it.
  const { PATH, HOME } = process.env
  const { stdout, stderr, status } = spawnSync('sh', ['-c', command], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH, HOME, CI: '1', npm_config_userconfig: process.env['npm_config_userconfig'] },
  })
  if (status !== 0) throw new Error(`${command} ended with ${status}:\n${stdout}${stderr}`)
  return stdout
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'podwire-user-'))
  const versions = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).devDependencies as Record<
    string,
    string
  >
  const tools = ['typescript', 'vitest', '@types/node'].map((name) => `'${name}@${versions[name]}'`)
  writeFileSync(join(folder, 'package.json'), '{ "name": "users-own", "private": true, "type": "module" }')
  const [, packLine = '', , installLine = '', copyLine = ''] =
    /<!-- test: pack -->\n```sh\n(npm run pack.*)\n(cd .*)\n(npm install.*)\n(cp .*)\n```/.exec(readme) ?? []
  const packages = join(folder, 'packages')
  run(`cd '${root}' && ${packLine.replace(/\S+$/, packages)}`)
  // Nothing but the tarballs: no registry, no cache.
  run(
    `${installLine.replaceAll(/\/\S+\*/g, `${packages}/*`)} --offline --cache '${join(folder, 'no-cache')}' --no-audit --no-fund`,
  )
  run(`npm install --save-dev ${tools.join(' ')} --no-audit --no-fund`)
  run(copyLine)
}, 180_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }), 60_000)

test('an installation is the tarballs and nothing else', () => {
  const { packages } = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'))
  const ours = Object.entries(packages as Record<string, { dependencies?: object }>).filter(([path]) =>
    path.startsWith('node_modules/@podwire/'),
  )
  expect(ours).toHaveLength(readdirSync(join(root, 'packages')).length)
  const libraries = ours
    .flatMap(([, { dependencies = {} }]) => Object.keys(dependencies))
    .filter((name) => !name.startsWith('@podwire/'))
  expect(libraries).toEqual([])
})

test('the first test runs with node --test, and so does that of docs/testing.md', () => {
  const [first = ''] = blocks('js')
  const [second = ''] = blocks('js', testing)
  writeFileSync(join(folder, 'first.test.mjs'), first)
  writeFileSync(join(folder, 'second.test.mjs'), second)
  expect(run('node --test first.test.mjs second.test.mjs')).toMatch(/pass 3\n/)
})

test('the examples compile, strictly, and run with plain node', { timeout: 120_000 }, () => {
  mkdirSync(join(folder, 'src'))
  for (const [index, code] of scripts.entries()) writeFileSync(join(folder, 'src', `block-${index + 1}.ts`), code)
  expect(scripts.length).toBeGreaterThan(4)
  const lib = '--lib ES2023,ESNext.Disposable --target ES2022 --module NodeNext --types node --strict'
  run(`npx tsc ${lib} --outDir out src/*.ts`)
  for (const index of scripts.keys()) run(`node out/block-${index + 1}.js`)
})

test('the command runs from the installation', () => {
  expect(run('npx podwire demo --hash-only')).toMatch(/^[\da-f]{16}\n?$/)
  expect(run('npx podwire rules -f examples/rules/cluster.yaml --node node-1 --mode iptables')).toContain(
    'KUBE-SERVICES',
  )
})

test('a vitest test runs', { timeout: 60_000 }, () => {
  for (const [index, code] of blocks('ts').filter(needsVitest).entries()) {
    writeFileSync(join(folder, `readme-${index + 1}.test.ts`), code)
  }
  const said = run('npx vitest run --reporter=verbose readme-*.test.ts')
  expect(said).toContain('kubia is reached, and only from inside (seed 7)')
})

test("so does one in a context of its own, as jest's are", { timeout: 60_000 }, () => {
  writeFileSync(
    join(folder, 'context.test.ts'),
    `import { expect, test } from 'vitest'
import { createCluster } from '@podwire/sim'

test('boots, opens its door, validates by rules', async () => {
  await using cluster = await createCluster({ bare: true })
  await cluster.apply('examples/widgets.yaml')
  await expect(cluster.save('no-such-folder/file.json')).rejects.toThrow('its folder is not there')
  await cluster.kubeConfig()
})
`,
  )
  expect(run('npx vitest run --pool=vmThreads --reporter=verbose context.test.ts')).toContain('1 passed')
})
