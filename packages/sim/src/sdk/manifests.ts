// Manifests as users hand them in: YAML or JSON text (several documents are fine), a path to a file or folder, or objects.

import { isUtf8 } from 'node:buffer'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { PodwireError } from '@podwire/engine'
import { isRecord, JsonSyntaxError, type Manifest, scanJson, scanYamlDocuments } from '@podwire/apiserver'
import { dataMisfit } from '../arguments/plain-data.ts'
import { readingProblem } from '../document/file-problem.ts'

export type ManifestSource = string | Manifest | readonly (string | Manifest)[]

/**
 * All objects in `source`, in the order they stand there; a List counts as its items.
 * @throws PodwireError for what cannot be read, or is no data: a function, a list in itself
 */
export function readManifests(source: ManifestSource): readonly Manifest[] {
  if (typeof source === 'string') return readText(source)
  const misfit = dataMisfit(source, '')
  if (misfit !== undefined) throw new PodwireError('read manifests', misfit.reason.replace(/^ /, 'it '), misfit.remedy)
  return objectsIn(source)
}

function objectsIn(source: ManifestSource): readonly Manifest[] {
  if (typeof source === 'string') return readText(source)
  return isManyManifests(source)
    ? source.flatMap((part) => objectsIn(part))
    : flatten(source, isRecord(source) ? 'an object' : String(source))
}

function readText(source: string): readonly Manifest[] {
  if (source.trim() === '') throw new PodwireError('read manifests', 'the text is empty', 'Give YAML text, or a path.')
  // A text with a line break or a colon and blank is YAML; everything else is a path.
  if (/[\n{]|:\s/.test(source)) return parseManifests(source, 'the manifest text')
  return readPath(source)
}

function isManyManifests(source: Manifest | readonly (string | Manifest)[]): source is readonly (string | Manifest)[] {
  return Array.isArray(source)
}

function readPath(path: string): readonly Manifest[] {
  if (/^https?:\/\//.test(path)) {
    throw new PodwireError('read manifests', `podwire fetches nothing: ${path}`, 'Save it, and give the path.')
  }
  if (!existsSync(path)) {
    throw new PodwireError(
      'read manifests',
      `there is no file or folder ${path}`,
      'Give a path that exists, or the YAML text itself.',
    )
  }
  if (!statSync(path).isDirectory()) return parseManifests(readFile(path), path)
  const files = readdirSync(path).filter((name) => /\.(ya?ml|json)$/.test(name))
  return files.sort((a, b) => (a < b ? -1 : 1)).flatMap((name) => readPath(join(path, name)))
}

function readFile(path: string): string {
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (error) {
    throw new PodwireError(`read manifests from ${path}`, readingProblem(error), 'Give a file you may read.')
  }
  if (isUtf8(bytes)) return bytes.toString('utf8')
  throw new PodwireError(`read manifests from ${path}`, 'it is no UTF-8 text', 'Save it as UTF-8.')
}

/** @param where names the source in messages */
export function parseManifests(text: string, where: string): readonly Manifest[] {
  const json = jsonValue(text, where)
  if (json !== undefined) return flatten(json, where)
  const manifests: Manifest[] = []
  let count = 1
  try {
    for (const value of scanYamlDocuments(text)) {
      const document = `${where}, document ${count}`
      const misfit = value === null ? undefined : dataMisfit(value, '')
      if (misfit !== undefined) throw new PodwireError('read manifests', `${document}: ${misfit.reason}`, misfit.remedy)
      if (value !== null) manifests.push(...flatten(value, document))
      count++
    }
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    throw new PodwireError('read manifests', `${where}, document ${count} is no valid YAML: ${error.message}`)
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
