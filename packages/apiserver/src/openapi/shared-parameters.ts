// The v2 document names parameters that stand at many paths once, and refers to them.
// Source: kube-openapi pkg/builder/parameters.go (collectSharedParameters, base64Hash).

import { compareKeys } from '@podwire/engine'
import { goJson } from '../objects/go-json.ts'
import type { JsonSchema } from './json-schema.ts'
import type { PathItem } from './path-items.ts'

const FNV_OFFSET = 0xcbf29ce484222325n
const FNV_PRIME = 0x100000001b3n

/** Six bytes of FNV-1 in 64 bits, as text for URLs. */
function shortHash(text: string): string {
  let hash = FNV_OFFSET
  for (const byte of Buffer.from(text)) hash = BigInt.asUintN(64, hash * FNV_PRIME) ^ BigInt(byte)
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(hash)
  return bytes.subarray(0, 6).toString('base64url')
}

/** Names and bodies say which kind they are of; the last two old clients look for in place. */
function isOwn(parameter: JsonSchema): boolean {
  const name = parameter['name']
  if (parameter['in'] !== 'body') return name === 'name' || name === 'fieldValidation' || name === 'dryRun'
  const { $ref } = parameter['schema'] as { readonly $ref: string }
  return !$ref.startsWith('#/definitions/io.k8s.apimachinery')
}

export interface Shared {
  readonly paths: Record<string, PathItem>
  /** By the names they are referred to. */
  readonly parameters: Record<string, JsonSchema>
}

export function shareParameters(paths: Readonly<Record<string, PathItem>>): Shared {
  const names = new Map<string, string>()
  const found: Record<string, JsonSchema> = {}
  const share = (parameter: JsonSchema): JsonSchema => {
    if (isOwn(parameter)) return parameter
    const text = goJson(parameter)
    const name = names.get(text) ?? `${String(parameter['name'])}-${shortHash(text)}`
    names.set(text, name)
    found[name] = parameter
    return { $ref: `#/parameters/${name}` }
  }
  const part = (value: JsonSchema | readonly JsonSchema[]): JsonSchema | readonly JsonSchema[] => {
    if (isList(value)) return value.map(share)
    const parameters = value['parameters'] as readonly JsonSchema[] | undefined
    return parameters === undefined ? value : { ...value, parameters: parameters.map(share) }
  }
  const item = (whole: PathItem): PathItem =>
    Object.fromEntries(Object.entries(whole).map(([method, value]) => [method, part(value)]))
  return {
    paths: Object.fromEntries(Object.entries(paths).map(([path, whole]) => [path, item(whole)])),
    parameters: Object.fromEntries(Object.entries(found).sort(compareKeys)),
  }
}

function isList(value: JsonSchema | readonly JsonSchema[]): value is readonly JsonSchema[] {
  return Array.isArray(value)
}
