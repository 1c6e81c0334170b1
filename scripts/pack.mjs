// `npm run pack [-- FOLDER]`: makes the tarballs that a registry would get, one a package, in FOLDER (.podwire/packages). What is packed
// is laid out in a folder of its own first: the bundle, the declarations of sources that still exist, and for the package that people
// install the README, the examples and the labs. Sources and tests stay here.

import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { prepare, root } from './prepare.mjs'

/** Files of the repository that go with a package, beside its own. */
const SHIPPED = { sim: ['README.md', 'docs', 'examples', 'labs'] }

/** Whether a file of `dist` is part of the package: an older build leaves declarations of sources that are gone. */
const isPacked = (source, path) =>
  !path.endsWith('.d.ts') || existsSync(join(source, 'src', path.replace(/\.d\.ts$/, '.ts')))

/** Names of the libraries whose code is in a package's bundle. */
function bundledLibraries(source) {
  const licences = readFileSync(join(source, 'dist', 'third-party-licences.txt'), 'utf8')
  return new Set([...licences.matchAll(/^(\S+) \d+\.\d\S*, /gm)].map(([, name]) => name))
}

/** The package.json as installed: workspace versions by number, no library that is in the bundle, no way to sources that are not there. */
function manifestOf(source, versions) {
  const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'))
  const bundled = bundledLibraries(source)
  for (const name of Object.keys(manifest.dependencies ?? {})) {
    if (versions.has(name)) manifest.dependencies[name] = versions.get(name)
    else if (bundled.has(name)) delete manifest.dependencies[name]
  }
  for (const entry of Object.values(manifest.exports)) delete entry['podwire-source']
  delete manifest.devDependencies
  manifest.files = ['dist', ...(SHIPPED[source.split('/').pop()] ?? [])]
  return manifest
}

function layOut(source, folder, versions) {
  const dist = join(source, 'dist')
  for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name)
    const inDist = path.slice(dist.length + 1)
    if (!entry.isFile() || entry.name === '.tsbuildinfo' || !isPacked(source, inDist)) continue
    mkdirSync(dirname(join(folder, 'dist', inDist)), { recursive: true })
    cpSync(path, join(folder, 'dist', inDist))
  }
  if (existsSync(join(source, 'bin'))) cpSync(join(source, 'bin'), join(folder, 'bin'), { recursive: true })
  for (const name of SHIPPED[source.split('/').pop()] ?? []) {
    if (existsSync(join(root, name))) cpSync(join(root, name), join(folder, name), { recursive: true })
  }
  cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'))
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifestOf(source, versions), undefined, 2)}\n`)
}

/**
 * Packs every package.
 * @param target the folder the tarballs go to; made when it is not there
 * @returns their paths
 */
export function pack(target) {
  prepare()
  mkdirSync(target, { recursive: true })
  const sources = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name))
  const versions = new Map(
    sources.map((source) => {
      const { name, version } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'))
      return [name, version]
    }),
  )
  const stage = mkdtempSync(join(tmpdir(), 'podwire-pack-'))
  try {
    return sources.map((source) => {
      const folder = join(stage, source.split('/').pop())
      mkdirSync(folder)
      layOut(source, folder, versions)
      const args = ['pack', '--ignore-scripts', '--silent', '--pack-destination', target]
      const tarball = execFileSync('npm', args, { cwd: folder, encoding: 'utf8' }).trim()
      return join(target, tarball.split('\n').pop())
    })
  } finally {
    rmSync(stage, { recursive: true, force: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const target = resolve(process.argv[2] ?? join(root, '.podwire', 'packages'))
  for (const path of pack(target)) console.log(path)
}
