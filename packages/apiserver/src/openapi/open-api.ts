// /openapi: the v3 index and its documents, and v2 as JSON or gnostic protobuf. Everything is built when first asked for and has
// an ETag; when the served resources change, only the group versions that changed are built again.
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
import { documentV2, documentV3, partV2, type DocumentV2, type FindDescriptions, type PartV2 } from './document.ts'
import { encodeGnostic } from './gnostic.ts'
import { rootOf } from './operations.ts'
import { reviewResources } from './review-resources.ts'

/** What clients ask for; the answer's type has a dot for the @, which no media type may contain. */
const GNOSTIC_ASKED = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'
const GNOSTIC = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'
const JSON_TYPE = 'application/json'
const YEAR_MS = 365 * 24 * 60 * 60 * 1000

interface Text {
  readonly contentType: string
  readonly body: string | Uint8Array
  readonly etag: string
}

function textOf(contentType: string, body: string | Uint8Array): Text {
  return { contentType, body, etag: createHash('sha512').update(body).digest('hex').toUpperCase() }
}

/** The first of the offered media types the client takes; undefined: none. */
function accepted(accept: string | undefined, offered: readonly string[]): string | undefined {
  if (accept === undefined || accept.trim() === '') return offered[0]
  for (const { mediaType } of parseAccept(accept)) {
    const found = offered.find((type) => mediaType === type || mediaType === '*/*' || mediaType === 'application/*')
    if (found !== undefined) return found
  }
  return undefined
}

/** One group version and what was made of it; thrown away as a whole when its resources change. */
class GroupVersion {
  readonly root: string
  readonly resources: readonly Resource[]
  #v3: Text | undefined
  #v2: PartV2 | undefined

  constructor(root: string, resources: readonly Resource[]) {
    this.root = root
    this.resources = resources
  }

  v3(describe: FindDescriptions, version: string): Text {
    return (this.#v3 ??= textOf(JSON_TYPE, `${JSON.stringify(documentV3(this.resources, describe, version))}\n`))
  }

  v2(describe: FindDescriptions): PartV2 {
    return (this.#v2 ??= partV2(this.resources, describe))
  }

  holds(resources: readonly Resource[]): boolean {
    return resources.length === this.resources.length && resources.every((item, at) => item === this.resources[at])
  }
}

export class OpenApi {
  readonly #resources: () => readonly Resource[]
  readonly #reviews: readonly Resource[]
  readonly #version: string
  readonly #nowMs: () => number
  #builtFor: readonly Resource[] | undefined
  #groups: ReadonlyMap<string, GroupVersion> = new Map()
  /** Of everything together: the index and v2. */
  readonly #whole = new Map<string, Text>()
  #descriptions: Promise<FindDescriptions> | undefined

  /** @param nowMs for the Expires header */
  constructor(resources: () => readonly Resource[], version: KubernetesVersion, nowMs: () => number) {
    this.#resources = resources
    this.#reviews = reviewResources(version.minor)
    this.#version = version.git
    this.#nowMs = nowMs
  }

  /** @param parts the path after `/openapi`; undefined when it is none of ours */
  answer(parts: readonly string[], url: string, headers: IncomingHttpHeaders): Promise<TextAnswer> | undefined {
    const [version, ...rest] = parts
    if (version === 'v3' && rest.length === 0) return this.#index(headers)
    if (version === 'v3') {
      const group = this.#current().get(`/${rest.join('/')}`)
      return group === undefined ? undefined : this.#document(group, url, headers)
    }
    return version === 'v2' && rest.length === 0 ? this.#v2(headers) : undefined
  }

  async #document(group: GroupVersion, url: string, headers: IncomingHttpHeaders): Promise<TextAnswer> {
    if (accepted(headers.accept, [JSON_TYPE]) === undefined) return notAcceptable
    const text = group.v3(await this.#describe(), this.#version)
    const asked = splitUrl(url).query.get('hash') ?? ''
    if (asked === '') return answerOf(text, headers)
    if (asked !== text.etag) return movedTo(urlOf(group.root, text), text)
    // A document asked for by its hash never changes; kubectl keeps it on disk.
    const expires = new Date(this.#nowMs() + YEAR_MS).toUTCString()
    return answerOf(text, headers, [
      ['cache-control', 'public, immutable'],
      ['expires', expires],
    ])
  }

  async #index(headers: IncomingHttpHeaders): Promise<TextAnswer> {
    const describe = await this.#describe()
    const text = this.#once('index', () => {
      const paths = [...this.#current()].sort(compareKeys).map(([root, group]) => {
        return [root.slice(1), { serverRelativeURL: urlOf(root, group.v3(describe, this.#version)) }] as const
      })
      return textOf(PLAIN_TEXT, JSON.stringify({ paths: Object.fromEntries(paths) }))
    })
    return answerOf(text, headers)
  }

  async #v2(headers: IncomingHttpHeaders): Promise<TextAnswer> {
    const type = accepted(headers.accept, [JSON_TYPE, GNOSTIC_ASKED, GNOSTIC])
    if (type === undefined) return notAcceptable
    const describe = await this.#describe()
    const document = (): DocumentV2 => {
      const parts = [...this.#current()].sort(compareKeys).map(([, group]) => group.v2(describe))
      return documentV2(parts, this.#version)
    }
    if (type !== JSON_TYPE)
      return answerOf(
        this.#once('gnostic', () => textOf(GNOSTIC, encodeGnostic(document()))),
        headers,
      )
    return answerOf(
      this.#once('v2', () => textOf(JSON_TYPE, `${JSON.stringify(document())}\n`)),
      headers,
    )
  }

  #describe(): Promise<FindDescriptions> {
    return (this.#descriptions ??= loadDescriptions())
  }

  /** The group versions of now; those that did not change are the ones of before. */
  #current(): ReadonlyMap<string, GroupVersion> {
    const resources = this.#resources()
    if (this.#builtFor === resources) return this.#groups
    const byRoot = new Map<string, Resource[]>()
    for (const resource of [...resources, ...this.#reviews]) {
      const root = rootOf(resource)
      byRoot.set(root, [...(byRoot.get(root) ?? []), resource])
    }
    this.#groups = new Map(
      [...byRoot].map(([root, members]) => {
        const known = this.#groups.get(root)
        return [root, known?.holds(members) === true ? known : new GroupVersion(root, members)]
      }),
    )
    this.#whole.clear()
    this.#builtFor = resources
    return this.#groups
  }

  #once(key: string, build: () => Text): Text {
    this.#current()
    const known = this.#whole.get(key) ?? build()
    this.#whole.set(key, known)
    return known
  }
}

function urlOf(root: string, { etag }: Text): string {
  return `/openapi/v3${root}?hash=${etag}`
}

const VARY = ['vary', 'Accept'] as const
const notAcceptable: TextAnswer = {
  type: 'text',
  code: 406,
  contentType: PLAIN_TEXT,
  headers: new Map([VARY]),
  body: '',
}

function movedTo(location: string, { contentType, etag }: Text): TextAnswer {
  const headers = new Map([VARY, ['etag', `"${etag}"`], ['location', location]])
  return { type: 'text', code: 301, contentType, headers, body: '' }
}

/** The document, or 304 for a client that has it. */
function answerOf(
  { contentType, body, etag }: Text,
  headers: IncomingHttpHeaders,
  more: readonly (readonly [string, string])[] = [],
): TextAnswer {
  const known = (headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  const unchanged = known.includes(`"${etag}"`) || known.includes('*')
  const answered = new Map<string, string>([['etag', `"${etag}"`], VARY, ...more])
  return { type: 'text', code: unchanged ? 304 : 200, contentType, headers: answered, body: unchanged ? '' : body }
}
