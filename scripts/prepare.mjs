// Installs and builds what is missing or stale, and says what it does. `npm start` and `npm test` come through here, so a
// fresh clone needs nothing but Node and npm. A second run does neither, and says nothing.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
const OLDEST_NODE = [20, 19]

/** Runs a step with its output shown only when it fails; ends the process with its status then. */
function step(title, command, args) {
  const startedMs = Date.now()
  process.stderr.write(`podwire: ${title} … `)
  const result = spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 64 << 20, env: process.env })
  if (result.status === 0) {
    process.stderr.write(`done in ${((Date.now() - startedMs) / 1000).toFixed(1)} s\n`)
    return
  }
  process.stderr.write('failed\n')
  process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`)
  process.stderr.write(
    `podwire: could not finish "${title}": ${command} ${args.join(' ')} ended with ${result.status ?? result.error}\n`,
  )
  process.exit(1)
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return
  process.stderr.write(
    `podwire needs Node ${OLDEST_NODE.join('.')} or newer; this is ${process.version}. Install a newer Node and try again.\n`,
  )
  process.exit(1)
}

/** What an installation depends on: the lock file, every package.json, and the Node it was made for. */
function installFingerprint() {
  const hash = createHash('sha256').update(`${process.versions.modules} ${process.platform} ${process.arch}`)
  const manifests = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml']
  for (const name of readdirSync(join(root, 'packages'))) manifests.push(join('packages', name, 'package.json'))
  for (const manifest of [...manifests, 'bench/package.json']) {
    if (existsSync(join(root, manifest))) hash.update(manifest).update(readFileSync(join(root, manifest)))
  }
  return hash.digest('hex')
}

function install() {
  const stamp = join(root, 'node_modules', '.podwire-installed')
  const fingerprint = installFingerprint()
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint) return
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  step('installing dependencies (the first time takes a minute)', 'npx', [
    '--yes',
    packageManager,
    'install',
    '--frozen-lockfile',
  ])
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, fingerprint)
}

/** The newest change below a folder, in milliseconds. */
function newest(folder, matches) {
  let latest = 0
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !matches(entry.name)) continue
    latest = Math.max(latest, statOf(join(entry.parentPath ?? entry.path, entry.name)))
  }
  return latest
}

const statOf = (path) => statSync(path).mtimeMs

function build() {
  const installed = join(root, 'node_modules', '.podwire-installed')
  const stamp = join(root, 'node_modules', '.podwire-built')
  const bundler = join(root, 'scripts', 'bundle.mjs')
  const packages = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name))
  const complete = packages.every((folder) => existsSync(join(folder, 'dist', 'index.js')))
  const sources = packages.map((folder) =>
    newest(join(folder, 'src'), (name) => /\.(ts|json)$/.test(name) && !name.endsWith('.test.ts')),
  )
  // The libraries are in the bundles: another installation is another build.
  const changed = Math.max(...sources, statOf(bundler), statOf(installed))
  if (complete && existsSync(stamp) && statOf(stamp) > changed) return
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  step('building types', process.execPath, [tsc, '-b', 'tsconfig.build.json', '--emitDeclarationOnly'])
  step('bundling', process.execPath, [bundler])
  writeFileSync(stamp, '')
}

export function prepare() {
  checkNode()
  install()
  build()
}
