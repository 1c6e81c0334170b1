// Bundles each package with the libraries it uses: one file an entry, and one for whatever is loaded on demand. Node spends far
// more on a module (found, read, linked, kept with a context of its own) than on its text, and there are over a thousand.
// Packages stay apart and import each other by name. Types come from tsc; the libraries' licences go beside the code.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const packages = fileURLToPath(new URL('../packages/', import.meta.url))

/** Entries beside a package's own: what its binaries load, and its parts for test runners. */
const MORE_ENTRIES = {
  sim: {
    'cli/main': 'src/cli/main.ts',
    'scenario/strip-types-hooks': 'src/scenario/strip-types-hooks.ts',
    'scenario/seed-process': 'src/scenario/seed-process.ts',
    'vitest/index': 'src/vitest/index.ts',
    'assert/index': 'src/assert/index.ts',
  },
}

/** Libraries that are loaded when they are first needed, each in a file of its own: what lazy-library.ts names, and what that is. */
const LAZY_LIBRARIES = {
  apiserver: { protobufjs: 'protobufjs/minimal.js', re2js: 're2js', yaml: 'yaml' },
  shell: { unbash: 'unbash' },
  sim: { yaml: 'yaml', 'light-my-request': 'light-my-request' },
}

/** What fastify asks for only when it logs, compiles schemas or is called without a socket, which the API server's door never wants. */
const LEFT_OUT = {
  apiserver: ['pino', 'light-my-request', '@fastify/ajv-compiler', '@fastify/fast-json-stringify-compiler'],
}

/** Characters beyond ASCII as escapes: with one of them in it, V8 keeps the whole text in twice the memory. */
function ascii(code, fileName) {
  if (/\\[^\x00-\x7f]/.test(code)) throw new Error(`${fileName}: a backslash before a character beyond ASCII`)
  return code.replaceAll(/[^\x00-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** The folder of the library a module belongs to; undefined for the package's own sources. */
const libraryOf = (id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id.replaceAll('\\', '/'))?.[0]

function licences(chunks) {
  const ids = chunks.flatMap(({ moduleIds }) => moduleIds)
  const libraries = [...new Set(ids.map(libraryOf))].filter((folder) => folder !== undefined)
  const texts = libraries.map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
    const text = files.map((file) => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n')
    return `${name} ${version}, ${license}\n\n${text}\n`
  })
  return texts.sort().join(`\n${'-'.repeat(80)}\n\n`)
}

/** Required as CommonJS, which every test runner can. */
async function bundleLibrary(folder, fileName, library) {
  const bundle = await rolldown({
    cwd: folder,
    input: library,
    platform: 'node',
    transform: { target: 'node20.19' },
    logLevel: 'warn',
  })
  const { output } = await bundle.generate({
    format: 'cjs',
    entryFileNames: `libraries/${fileName}.cjs`,
    comments: false,
    exports: 'named',
  })
  await bundle.close()
  return output
}

async function bundlePackage(name) {
  const folder = join(packages, name)
  const leftOut = LEFT_OUT[name] ?? []
  const bundle = await rolldown({
    cwd: folder,
    input: { index: 'src/index.ts', ...MORE_ENTRIES[name] },
    platform: 'node',
    external: (id) => /^(node:|@podwire\/|vitest$)/.test(id) || leftOut.includes(id),
    transform: { target: 'node20.19' },
    logLevel: 'warn',
  })
  const own = await bundle.generate({
    format: 'esm',
    sourcemap: true,
    comments: false,
    // As deep as the sources in their folders, for those that look for files beside them.
    chunkFileNames: 'chunks/[name]-[hash].js',
  })
  await bundle.close()
  const libraries = await Promise.all(
    Object.entries(LAZY_LIBRARIES[name] ?? {}).map((one) => bundleLibrary(folder, ...one)),
  )
  const output = [...own.output, ...libraries.flat()]
  const dist = join(folder, 'dist')
  // What an older build left would be taken for a part of this one.
  for (const old of existsSync(dist) ? readdirSync(dist, { recursive: true }) : []) {
    if (/\.c?js(\.map)?$/.test(old)) rmSync(join(dist, old), { force: true })
  }
  for (const file of output) {
    const path = join(dist, file.fileName)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, file.type === 'chunk' ? ascii(file.code, file.fileName) : file.source)
  }
  writeFileSync(join(dist, 'third-party-licences.txt'), licences(output.filter(({ type }) => type === 'chunk')))
}

await Promise.all(readdirSync(packages).map(bundlePackage))
