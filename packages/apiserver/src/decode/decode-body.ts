// Request bodies become objects of the kind the endpoint takes: text, kind and version, fields. Source: apiserver
// endpoints/handlers (create, update), apimachinery runtime/serializer; texts recorded from 1.36.

import { isRecord } from '../objects/is-record.ts'
import { badRequest } from '../status/errors.ts'
import type { StatusError } from '../status/status-error.ts'
import { convert, type Converted, TypeMismatch } from './convert.ts'
import { convertedMembers } from './is-converted.ts'
import { JsonSyntaxError, MAX_KEPT_DEPTH, scanPlaces, type ScannedJson } from './json-scanner.ts'
import { type PlainJson, readJson, readPlain } from './read-json.ts'
import { NO_HEADER, readTypeHeader } from './type-header.ts'
import { scanYaml } from './yaml.ts'
import { quote } from '../validation/field-errors.ts'

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore'

export interface Body {
  /** Media type without parameters; '' counts as JSON. */
  readonly contentType: string
  readonly bytes: Uint8Array
}

/** What an endpoint takes. */
export interface DecodeTarget {
  readonly group: string
  readonly version: string
  readonly kind: string
  /** e.g. `io.k8s.api.core.v1.Pod` */
  readonly schema: string
  /** Another apiVersion in which the same may be sent. */
  readonly alsoAccepts?: string
}

export interface DecodeOptions {
  readonly fieldValidation: FieldValidation
  warn(text: string): void
  /** Another kind the server knows, so that a body of the wrong kind is told so; undefined when there is no such kind. */
  findKind(group: string, version: string, kind: string): OtherKind | undefined
}

export interface OtherKind {
  readonly schema: string
  /** Another version of what the endpoint takes: it could be converted, and is refused for its version alone. */
  readonly isSameType: boolean
}

/** Plain JSON nobody else holds, with kind and apiVersion filled in. */
export interface DecodedObject {
  apiVersion: string
  kind: string
  metadata: Record<string, unknown>
  [field: string]: unknown
}

const SHOWN_BYTES = 30

interface Parsed {
  readonly value: unknown
  /** The text when it is JSON. */
  readonly json: string | undefined
  /** Paths of keys that came twice; YAML's parser tells of them in one text. */
  readonly duplicates: readonly string[]
  readonly depth: number
  /** As the scanner tells them. */
  readonly literals?: ReadonlyMap<string, string> | undefined
}

/** A body before any schema sees it. */
export interface ReadBody {
  readonly value: unknown
  /** '' when the body does not say. */
  readonly apiVersion: string
  readonly kind: string
  /** What strict decoding says of keys that came twice. */
  readonly duplicates: readonly string[]
  readonly isTooDeep: boolean
  /** A number beyond what a float64 holds, as it was written. */
  readonly tooLarge: string | undefined
}

/** Text, kind and version of a body. @throws StatusError 400 in the server's words */
export function readBody(body: Body, kind: string): ReadBody {
  const parsed = parse(body, kind)
  const value = parsed.value ?? {}
  const header = readTypeHeader(value, (why) => unrecognized(why, body, kind))
  return {
    value,
    ...header,
    duplicates: strictProblems(parsed, []),
    isTooDeep: parsed.depth > MAX_KEPT_DEPTH,
    tooLarge: numberBeyondFloat64(parsed),
  }
}

/** The first number, as it was written, that no float64 holds. */
export function numberBeyondFloat64({ literals }: Pick<ScannedJson, 'literals'>): string | undefined {
  return [...(literals?.values() ?? [])].find((text) => !Number.isFinite(Number(text)))
}

/** Departure: fields that hold any JSON keep 1,000 levels of it. */
export function decodeBody(body: Body, target: DecodeTarget, options: DecodeOptions): DecodedObject {
  const text = textOf(body)
  const plain = isYaml(body) ? undefined : readPlain(text)
  if (plain !== undefined && isAsStored(plain, target))
    return withHeader(plain.value, apiVersionOf(target), target.kind)
  const parsed = parse(body, target.kind, text, plain)
  const value = parsed.value ?? {}
  const header = readTypeHeader(value, (why) => unrecognized(why, body, target.kind))
  const apiVersion = header.apiVersion === '' ? apiVersionOf(target) : header.apiVersion
  const kind = header.kind === '' ? target.kind : header.kind
  const wrong = (why: string): StatusError => cannotBeHandled(kind, versionOf(apiVersion), target.kind, why)
  const isAccepted = apiVersion === apiVersionOf(target) || apiVersion === target.alsoAccepts
  if (!isAccepted || kind !== target.kind) throw wrongKind(value, apiVersion, kind, target, options, wrong)
  // Parts of YAML may be one another's (aliases), so its values are always copied.
  const isPlain = parsed.json !== undefined && parsed.duplicates.length === 0 && parsed.literals === undefined
  const isWhole = isPlain && convertedMembers(target.schema, value) !== undefined
  const { object, unknown }: Converted = isWhole
    ? { object: value as Record<string, unknown>, unknown: NONE }
    : converted(target.schema, value, wrong, parsed.literals)
  if (parsed.depth > MAX_KEPT_DEPTH && depthOf(object) > MAX_KEPT_DEPTH) throw wrong('exceeded max depth')
  const problems = strictProblems(parsed, unknown)
  if (problems.length > 0) {
    if (options.fieldValidation === 'Strict') throw wrong(`strict decoding error: ${problems.join(', ')}`)
    if (options.fieldValidation === 'Warn')
      for (const problem of problems) for (const line of warningsOf(problem)) options.warn(line)
  }
  return withHeader(object, apiVersion, kind)
}

/** Says of itself what it is, has nothing to convert, and no key twice: what most clients send. Says no in every case of doubt. */
function isAsStored(plain: PlainJson, target: DecodeTarget): plain is PlainJson & { readonly value: KubeFields } {
  const { value, members } = plain
  if (!isRecord(value) || value['apiVersion'] !== apiVersionOf(target) || value['kind'] !== target.kind) return false
  return convertedMembers(target.schema, value) === members
}

type KubeFields = Record<string, unknown>

/** YAML's parser tells all it found in lines of one text. */
export function warningsOf(problem: string): readonly string[] {
  return problem.startsWith(YAML_ERRORS)
    ? problem
        .slice(YAML_ERRORS.length)
        .split('\n')
        .map((line) => line.trim())
    : [problem]
}

const YAML_ERRORS = 'yaml: unmarshal errors:\n'

/** The object is its holder's own: what it lacks is added to it. */
function withHeader(object: Record<string, unknown>, apiVersion: string, kind: string): DecodedObject {
  object['apiVersion'] = apiVersion
  object['kind'] = kind
  object['metadata'] ??= {}
  return object as DecodedObject
}

const NONE: readonly string[] = []
const MAX_PROBLEMS = 100

/** What strict decoding finds, in the order of the text: each once, and not too many. Nobody looks into unknown fields. */
function strictProblems({ json, duplicates }: Parsed, unknown: readonly string[]): readonly string[] {
  if (duplicates.length === 0 && unknown.length === 0) return NONE
  const unknownTexts = unknown.map((path) => `unknown field ${quote(path)}`)
  // What YAML's parser finds is told first.
  if (json === undefined) return [...duplicates, ...unknownTexts]
  const skipped = (path: string): boolean =>
    unknown.some((name) => path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`))
  const again = [...new Set(duplicates)].filter((path) => !skipped(path))
  if (again.length === 0) return [...new Set(unknownTexts)].slice(0, MAX_PROBLEMS)
  const places = scanPlaces(json, new Set([...unknown, ...again]))
  const found = [
    ...unknown.map((path) => ({ text: `unknown field ${quote(path)}`, at: places.get(path)?.[0] ?? 0 })),
    ...again.map((path) => ({ text: `duplicate field "${path}"`, at: places.get(path)?.[1] ?? 0 })),
  ].sort((a, b) => a.at - b.at)
  return [...new Set(found.map(({ text }) => text))].slice(0, MAX_PROBLEMS)
}

/** Of plain JSON, however deep it is. */
function depthOf(value: object): number {
  let depth = 0
  for (let level: readonly object[] = [value]; level.length > 0; depth++) {
    level = level.flatMap((item) => Object.values(item).filter((inner) => typeof inner === 'object' && inner !== null))
  }
  return depth
}

/** JSON or YAML without a schema, for patches and options; `what` words the refusal. */
export function parseText(body: Body): unknown {
  const text = textOf(body)
  return isYaml(body) ? scanYaml(text).value : readJson(text).value
}

function isYaml({ contentType }: Body): boolean {
  return contentType.endsWith('yaml')
}

const withMark = new TextDecoder('utf-8', { ignoreBOM: true })
const withoutMark = new TextDecoder('utf-8')

/** Go's JSON reads no byte order mark; YAML does. */
function textOf(body: Body): string {
  return (isYaml(body) ? withoutMark : withMark).decode(body.bytes)
}

function parse(body: Body, kind: string, text = textOf(body), plain?: PlainJson): Parsed {
  try {
    if (isYaml(body)) {
      const { value, duplicateText } = scanYaml(text)
      return { value, json: undefined, duplicates: duplicateText === undefined ? [] : [duplicateText], depth: 0 }
    }
    return { ...readJson(text, plain), json: text }
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    throw unrecognized(isYaml(body) ? error.message : `${NO_HEADER}${error.message}`, body, kind)
  }
}

/** A body that does not even say what it is. */
export function unrecognized(why: string, { bytes }: Pick<Body, 'bytes'>, kind: string): StatusError {
  return badRequest(`the object provided is unrecognized (must be of type ${kind}): ${why} (${excerpt(bytes)})`)
}

/** The first bytes: as text when they look like JSON, else in hex. */
function excerpt(bytes: Uint8Array): string {
  if (bytes.length === 0) return '<empty>'
  const first = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, SHOWN_BYTES))
  const shown = bytes[0] === 0x7b ? first.toString('utf8') : first.toString('hex')
  return bytes.length > SHOWN_BYTES ? `${shown} ...` : shown
}

function apiVersionOf({ group, version }: DecodeTarget): string {
  return group === '' ? version : `${group}/${version}`
}

function versionOf(apiVersion: string): string {
  return apiVersion.slice(apiVersion.indexOf('/') + 1)
}

export function cannotBeHandled(kind: string, version: string, target: string, why: string): StatusError {
  return badRequest(`${kind} in version "${version}" cannot be handled as a ${target}: ${why}`)
}

function converted(
  schema: string,
  value: unknown,
  wrong: (why: string) => StatusError,
  literals?: Parsed['literals'],
): ReturnType<typeof convert> {
  try {
    return convert(schema, value as object, literals)
  } catch (error) {
    if (error instanceof TypeMismatch) throw wrong(error.message)
    throw error
  }
}

/** A body in a version that the endpoint does not take, though it could read it. */
export function otherVersion(apiVersion: string, expected: string): StatusError {
  return badRequest(`the API version in the data (${apiVersion}) does not match the expected API version (${expected})`)
}

/** Where the server's own structs of a group lie, unless in a package of its name. */
const INTERNAL_PACKAGES: ReadonlyMap<string, string> = new Map([
  ['', 'core'],
  ['events.k8s.io', 'core'],
])

const EVERY_VERSION = /^(WatchEvent|(List|Get|Delete|Create|Update|Patch)Options)$/
const UNVERSIONED = /^(List|Status|APIVersions|APIGroup|APIGroupList|APIResourceList)$/

/** Kinds of the machinery itself: some are in every version, some in v1. */
function isMetaKind(apiVersion: string, kind: string, target: DecodeTarget): boolean {
  if (apiVersion === 'v1' && UNVERSIONED.test(kind)) return true
  return (apiVersion === 'v1' || apiVersion === apiVersionOf(target)) && EVERY_VERSION.test(kind)
}

/** Where the scheme is made that decodes for an endpoint: definitions of custom kinds have one of their own. */
function schemeOf({ group }: DecodeTarget): string {
  return group === 'apiextensions.k8s.io'
    ? 'k8s.io/apiextensions-apiserver/pkg/apiserver/apiserver.go:55'
    : 'pkg/api/legacyscheme/scheme.go:30'
}

/**
 * What a patched object is decoded as: its kind, or with no version the server's own struct, which knows none of its fields.
 * @param refuse words the refusal
 */
export function patchedKind(
  value: unknown,
  target: DecodeTarget,
  { findKind }: Pick<DecodeOptions, 'findKind'>,
  refuse: (why: string) => StatusError,
): 'kind' | 'internal' {
  const header = readTypeHeader(value, refuse)
  const kind = header.kind === '' ? target.kind : header.kind
  if (header.apiVersion !== '') {
    const isAccepted = header.apiVersion === apiVersionOf(target) || header.apiVersion === target.alsoAccepts
    if (isAccepted && kind === target.kind) return 'kind'
    throw wrongKind(value, header.apiVersion, kind, target, { findKind }, refuse)
  }
  if (kind === target.kind) return 'internal'
  const { group, version } = target
  if (findKind(group, version, kind) === undefined) {
    throw refuse(
      `no kind "${kind}" is registered for the internal version of group "${group}" in scheme "${schemeOf(target)}"`,
    )
  }
  const internal = packageOf(target)
  throw refuse(`converting (${internal}.${kind}) to (${internal}.${target.kind}): unknown conversion`)
}

/** Of the server's own structs. */
function packageOf({ group }: DecodeTarget): string {
  return INTERNAL_PACKAGES.get(group) ?? group.split('.')[0] ?? ''
}

/** A kind that is served is decoded as what it says it is first: its own mistakes are told before the kind's. */
function wrongKind(
  value: unknown,
  apiVersion: string,
  kind: string,
  target: DecodeTarget,
  options: Pick<DecodeOptions, 'findKind'>,
  wrong: (why: string) => StatusError,
): StatusError {
  const slash = apiVersion.indexOf('/')
  const group = slash < 0 ? '' : apiVersion.slice(0, slash)
  const version = versionOf(apiVersion)
  const find = (name: string): OtherKind | undefined => options.findKind(group, version, name)
  const found = find(kind)
  const isList = kind.endsWith('List') && find(kind.slice(0, -'List'.length)) !== undefined
  if (found === undefined && !isList && !isMetaKind(apiVersion, kind, target)) {
    return wrong(`no kind "${kind}" is registered for version "${apiVersion}" in scheme "${schemeOf(target)}"`)
  }
  if (found !== undefined) converted(found.schema, value, wrong)
  if (found?.isSameType === true) return otherVersion(apiVersion, apiVersionOf(target))
  return wrong(`converting (${version}.${kind}) to (${packageOf(target)}.${target.kind}): unknown conversion`)
}
