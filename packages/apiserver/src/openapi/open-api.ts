// /openapi: the v3 index and its documents, and v2 as JSON or gnostic protobuf. Everything is built when first asked for; when the
// served resources change, only the group versions that changed are built again.
// Source: kube-openapi pkg/handler, pkg/handler3.

import { compareKeys } from '@podwire/engine'
import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { PLAIN_TEXT, type TextAnswer } from '../http/answer.ts'
import { parseAccept } from '../http/negotiation.ts'
import { splitUrl } from '../http/url.ts'
import type { KubernetesVersion } from '../http/version.ts'
import type { Resource } from '../resources/resource.ts'
import { loadDescriptions } from '../schema/index.ts'
import { goJson } from '../objects/go-json.ts'
import { contentAnswer, type Conditions } from './content-answer.ts'
import { groupOperation, rootOperation, SERVER_VERSION, versionOperation } from './discovery-operations.ts'
import {
  documentV2,
  documentV3,
  partV2,
  type Contents,
  type DocumentV2,
  type FindDescriptions,
  type PartV2,
} from './document.ts'
import { encodeGnostic } from './gnostic.ts'
import type { GroupVersion } from './known-versions.ts'
import { rootOf, type Operation } from './operation.ts'
import { BINDINGS, reviewResources } from './review-resources.ts'

/** What clients ask for; the answer's type has a dot for the @, which no media type may contain. */
const GNOSTIC_ASKED = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'
const GNOSTIC = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'
const JSON_TYPE = 'application/json'

interface Text {
  readonly body: string | Uint8Array
  readonly etag: string
  readonly madeMs: number
}

function textOf(body: string, madeMs: number): Text {
  return { body, etag: createHash('sha512').update(body).digest('hex').toUpperCase(), madeMs }
}

/** The first of the offered media types the client takes; undefined: none. */
function accepted(accept: string | undefined, offered: readonly string[]): string | undefined {
  if (accept === undefined || accept.trim() === '') return offered[0]
  for (const { mediaType } of parseAccept(accept)) {
    const [type = '', subtype = ''] = mediaType.split('/')
    const found = offered.find((offer) => {
      return (type === '*' || offer.startsWith(`${type}/`)) && (subtype === '*' || offer.endsWith(`/${subtype}`))
    })
    if (found !== undefined) return found
  }
  return undefined
}

/** One document of v3, and what it adds to v2; thrown away as a whole when its resources change. */
class Part {
  readonly own: GroupVersion
  readonly contents: Contents
  #v3: Text | undefined
  #v2: PartV2 | undefined

  constructor(own: GroupVersion, contents: Contents) {
    this.own = own
    this.contents = contents
  }

  get isCustom(): boolean {
    return this.contents.resources.some(({ custom }) => custom !== undefined)
  }

  v3(describe: FindDescriptions, version: string, nowMs: () => number): Text {
    return (this.#v3 ??= textOf(goJson(documentV3(this.contents, this.own, describe, version)), nowMs()))
  }

  v2(describe: FindDescriptions): PartV2 {
    return (this.#v2 ??= partV2(this.contents, describe))
  }

  holds(resources: readonly Resource[]): boolean {
    const own = this.contents.resources
    return resources.length === own.length && resources.every((item, at) => item === own[at])
  }
}

const CORE: GroupVersion = { group: '', version: 'v1' }

export class OpenApi {
  readonly #resources: () => readonly Resource[]
  readonly #unstored: readonly Resource[]
  readonly #version: string
  readonly #nowMs: () => number
  #builtFor: readonly Resource[] | undefined
  #parts: ReadonlyMap<string, Part> = new Map()
  #v2: Text | undefined
  #gnostic: Uint8Array | undefined
  #descriptions: Promise<FindDescriptions> | undefined

  /** @param nowMs for the headers that say times */
  constructor(resources: () => readonly Resource[], version: KubernetesVersion, nowMs: () => number) {
    this.#resources = resources
    this.#unstored = [BINDINGS, ...reviewResources(version.minor)]
    this.#version = `${version.major}.${version.minor}`
    this.#nowMs = nowMs
  }

  /** @param parts the path after `/openapi`; undefined when it is none of ours */
  answer(
    parts: readonly string[],
    url: string,
    headers: IncomingHttpHeaders,
    method = 'GET',
  ): Promise<TextAnswer> | undefined {
    const [version, ...rest] = parts
    const request: Conditions = { headers, method, nowMs: this.#nowMs() }
    if (version === 'v3' && rest.length === 0) return this.#index(request)
    if (version === 'v3') {
      const path = rest.join('/')
      const part = this.#current().get(path)
      return part === undefined ? undefined : this.#document(path, part, url, request)
    }
    return version === 'v2' && rest.length === 0 ? this.#document2(request) : undefined
  }

  async #document(path: string, part: Part, url: string, request: Conditions): Promise<TextAnswer> {
    if (accepted(request.headers.accept, [JSON_TYPE]) === undefined) return notAcceptable
    const { body, etag, madeMs } = part.v3(await this.#describe(), this.#version, this.#nowMs)
    const answered = new Map([['vary', 'Accept'], entityTag(etag)])
    const asked = splitUrl(url).query.get('hash') ?? ''
    if (asked !== '' && asked !== etag) {
      answered.set('location', urlOf(path, etag))
      return { type: 'text', code: 301, contentType: JSON_TYPE, headers: answered, body: '' }
    }
    // A document asked for by its hash never changes; kubectl keeps it on disk.
    if (asked !== '') {
      answered.set('cache-control', 'public, immutable')
      answered.set('expires', inAYear(request.nowMs))
    }
    return contentAnswer({ body, etag, madeMs, contentType: JSON_TYPE, headers: answered, gzip: 'never' }, request)
  }

  /** It is made anew each time, as far as clients can tell. */
  async #index(request: Conditions): Promise<TextAnswer> {
    const describe = await this.#describe()
    const paths = [...this.#current()].sort(compareKeys).map(([path, part]) => {
      return [path, { serverRelativeURL: urlOf(path, part.v3(describe, this.#version, this.#nowMs).etag) }] as const
    })
    const body = JSON.stringify({ paths: Object.fromEntries(paths) })
    return contentAnswer({ body, madeMs: request.nowMs, contentType: PLAIN_TEXT, gzip: 'never' }, request)
  }

  async #document2(request: Conditions): Promise<TextAnswer> {
    const vary = new Map([['vary', 'Accept-Encoding, Accept']])
    const type = accepted(request.headers.accept, [JSON_TYPE, GNOSTIC_ASKED, GNOSTIC])
    if (type === undefined) return { ...notAcceptable, headers: vary }
    const describe = await this.#describe()
    const parts = [...this.#current().values()]
    const builtIn = parts.filter(({ own, isCustom }) => own.version !== '' && !isCustom).map(({ own }) => own)
    const document = (): DocumentV2 =>
      documentV2(
        parts.map((part) => part.v2(describe)),
        builtIn,
        this.#version,
      )
    // Both ways to write it have the tag of JSON.
    this.#v2 ??= textOf(JSON.stringify(document()), request.nowMs)
    const { etag, madeMs } = this.#v2
    vary.set(...entityTag(etag))
    const known = { etag, madeMs, headers: vary, gzip: 'always' } as const
    if (type === JSON_TYPE) return contentAnswer({ ...known, body: this.#v2.body, contentType: JSON_TYPE }, request)
    this.#gnostic ??= encodeGnostic(document())
    return contentAnswer({ ...known, body: this.#gnostic, contentType: GNOSTIC }, request)
  }

  #describe(): Promise<FindDescriptions> {
    return (this.#descriptions ??= loadDescriptions())
  }

  /** The documents of now by path; those that did not change are the ones of before. */
  #current(): ReadonlyMap<string, Part> {
    const resources = this.#resources()
    if (this.#builtFor === resources) return this.#parts
    const byRoot = new Map<string, Resource[]>()
    for (const resource of [...resources, ...this.#unstored]) {
      const root = rootOf(resource).slice(1)
      byRoot.set(root, [...(byRoot.get(root) ?? []), resource])
    }
    const parts = new Map<string, Part>()
    const add = (path: string, own: GroupVersion, members: readonly Resource[], operations: readonly Operation[]) => {
      const known = this.#parts.get(path)
      parts.set(path, known?.holds(members) === true ? known : new Part(own, { resources: members, operations }))
    }
    const ofCore = { ...CORE, version: '' }
    add('api', ofCore, [], [rootOperation(true)])
    add('apis', ofCore, [], [rootOperation(false)])
    add('version', ofCore, [], [SERVER_VERSION])
    for (const [root, members] of byRoot) {
      const { group = '', version = '' } = members[0]?.type ?? {}
      const isCustom = members.some(({ custom }) => custom !== undefined)
      if (group !== '' && !isCustom) add(`apis/${group}`, ofCore, [], [groupOperation(group)])
      add(root, { group, version }, members, isCustom ? [] : [versionOperation(group, version)])
    }
    this.#parts = parts
    this.#v2 = undefined
    this.#gnostic = undefined
    this.#builtFor = resources
    return parts
  }
}

/** As Go's RFC1123 has it. */
function inAYear(nowMs: number): string {
  const then = new Date(nowMs)
  then.setUTCFullYear(then.getUTCFullYear() + 1)
  return then.toUTCString().replace(/GMT$/, 'UTC')
}

function urlOf(path: string, etag: string): string {
  return `/openapi/v3/${path}?hash=${etag}`
}

function entityTag(etag: string): [name: string, value: string] {
  return ['etag', `"${etag}"`]
}

const notAcceptable: TextAnswer = {
  type: 'text',
  code: 406,
  contentType: '',
  headers: new Map([['vary', 'Accept']]),
  body: '',
}
