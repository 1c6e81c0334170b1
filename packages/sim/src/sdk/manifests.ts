// Manifests as users hand them in: YAML or JSON text (several documents are fine), a path to a file or folder, or objects.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { PodwireError } from '@podwire/engine'
import { isRecord, JsonSyntaxError, type Manifest, scanJson } from '@podwire/apiserver'
import { yaml } from '../document/load-yaml.ts'

export type ManifestSource = string | Manifest | readonly (string | Manifest)[]

/** All objects in `source`, in the order they stand there; a List counts as its items. */
export function readManifests(source: ManifestSource): readonly Manifest[] {
  if (typeof source !== 'string') {
    return isManyManifests(source)
      ? source.flatMap((part) => readManifests(part))
      : flatten(source, isRecord(source) ? 'an object' : String(source))
  }
  if (source.trim() === '') throw new PodwireError('read manifests', 'the text is empty', 'Give YAML text, or a path.')
  // A text with a line break or a colon and blank is YAML; everything else is a path.
  if (/[\n{]|:\s/.test(source)) return parseManifests(source, 'the manifest text')
  return readPath(source)
}

function isManyManifests(source: Manifest | readonly (string | Manifest)[]): source is readonly (string | Manifest)[] {
  return Array.isArray(source)
}

function readPath(path: string): readonly Manifest[] {
  if (!existsSync(path)) {
    throw new PodwireError(
      'read manifests',
      `there is no file or folder ${path}`,
      'Give a path that exists, or the YAML text itself.',
    )
  }
  if (!statSync(path).isDirectory()) return parseManifests(readFileSync(path, 'utf8'), path)
  const files = readdirSync(path).filter((name) => /\.(ya?ml|json)$/.test(name))
  return files.sort((a, b) => (a < b ? -1 : 1)).flatMap((name) => readPath(join(path, name)))
}

/** @param where names the source in messages */
export function parseManifests(text: string, where: string): readonly Manifest[] {
  const json = jsonValue(text, where)
  if (json !== undefined) return flatten(json, where)
  const manifests: Manifest[] = []
  for (const [index, document] of yaml().parseAllDocuments(text, { uniqueKeys: true }).entries()) {
    const [problem] = document.errors
    if (problem !== undefined) {
      throw new PodwireError('read manifests', `${where}, document ${index + 1} is no valid YAML: ${problem.message}`)
    }
    const value: unknown = document.toJS({ maxAliasCount: 100 })
    if (value !== null && value !== undefined) manifests.push(...flatten(value, `${where}, document ${index + 1}`))
  }
  return manifests
}

/** JSON is YAML, but a hundred times faster to read when it is said to be JSON. Undefined: it is none after all. */
function jsonValue(text: string, where: string): unknown {
  if (!/^\s*\{/.test(text)) return undefined
  try {
    const { value, duplicates } = scanJson(text)
    const [twice] = duplicates
    if (twice === undefined) return value
    throw new PodwireError('read manifests', `${where} has the field ${twice} twice`)
  } catch (error) {
    if (error instanceof JsonSyntaxError) return undefined
    throw error
  }
}

function flatten(value: unknown, where: string): readonly Manifest[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new PodwireError('read manifests', `${where} is no object`, 'A manifest has apiVersion, kind and metadata.')
  }
  const manifest: Manifest = { ...value }
  if (typeof manifest['kind'] === 'string' && manifest['kind'].endsWith('List') && Array.isArray(manifest['items'])) {
    return manifest['items'].flatMap((item, index) => flatten(item, `${where}, item ${index + 1}`))
  }
  return [manifest]
}
