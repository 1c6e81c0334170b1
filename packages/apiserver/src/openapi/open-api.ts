// /openapi: the v3 index and its documents, and v2 as JSON or gnostic protobuf. Everything is built when first asked for, kept
// until the served resources change, and has an ETag. Source: kube-openapi pkg/handler, handler3.

import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { PLAIN_TEXT, type Answer, type TextAnswer } from '../http/answer.ts'
import { splitUrl } from '../http/url.ts'
import type { Resource } from '../resources/resource.ts'
import { loadDescriptions } from '../schema/index.ts'
import { documentV2, documentV3, type DocumentV2, type FindDescriptions } from './document.ts'
import { encodeGnostic } from './gnostic.ts'
import { rootOf } from './operations.ts'

/** What clients ask for; the answer's type has a dot for the @, which no media type may contain. */
const GNOSTIC_ASKED = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'
const GNOSTIC = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'

interface Text {
  readonly contentType: string
  readonly body: string | Uint8Array
  readonly etag: string
}

function asksForProtobuf(accept: string): boolean {
  return accept.includes(GNOSTIC_ASKED) || accept.includes(GNOSTIC)
}

function hashOf(body: string | Uint8Array): string {
  return createHash('sha512').update(body).digest('hex').toUpperCase()
}

function textOf(contentType: string, body: string | Uint8Array): Text {
  return { contentType, body, etag: hashOf(body) }
}

export class OpenApi {
  readonly #resources: () => readonly Resource[]
  readonly #version: string
  #builtFor: readonly Resource[] | undefined
  readonly #texts = new Map<string, Promise<Text>>()
  #descriptions: Promise<FindDescriptions> | undefined

  /** @param version e.g. `v1.36.2` */
  constructor(resources: () => readonly Resource[], version: string) {
    this.#resources = resources
    this.#version = version
  }

  /** @param parts the path after `/openapi`; undefined when it is none of ours */
  answer(parts: readonly string[], url: string, headers: IncomingHttpHeaders): Promise<Answer> | undefined {
    const [version, ...rest] = parts
    if (version === 'v3' && rest.length === 0) return this.#answer(this.#index(), url, headers)
    if (version === 'v3') {
      const root = `/${rest.join('/')}`
      const resources = this.#resources().filter((resource) => rootOf(resource) === root)
      return resources.length === 0 ? undefined : this.#answer(this.#document(root, resources), url, headers)
    }
    if (version !== 'v2' || rest.length > 0) return undefined
    return this.#answer(asksForProtobuf(headers.accept ?? '') ? this.#gnostic() : this.#v2Json(), url, headers)
  }

  async #answer(text: Promise<Text>, url: string, headers: IncomingHttpHeaders): Promise<TextAnswer> {
    const { contentType, body, etag } = await text
    const asked = splitUrl(url).query.get('hash')
    // A document asked for by its hash never changes; kubectl keeps it on disk.
    const caching = asked === etag ? 'public, immutable' : 'no-cache, private'
    const answered = new Map([
      ['etag', `"${etag}"`],
      ['cache-control', caching],
      ['vary', 'Accept'],
    ])
    const unchanged = headers['if-none-match'] === `"${etag}"`
    return { type: 'text', code: unchanged ? 304 : 200, contentType, headers: answered, body: unchanged ? '' : body }
  }

  #once(key: string, build: (describe: FindDescriptions) => Text | Promise<Text>): Promise<Text> {
    const resources = this.#resources()
    if (this.#builtFor !== resources) {
      this.#texts.clear()
      this.#builtFor = resources
    }
    const known = this.#texts.get(key)
    if (known !== undefined) return known
    this.#descriptions ??= loadDescriptions()
    const built = this.#descriptions.then(build)
    this.#texts.set(key, built)
    return built
  }

  #document(root: string, resources: readonly Resource[]): Promise<Text> {
    return this.#once(root, (describe) =>
      textOf('application/json', `${JSON.stringify(documentV3(resources, describe, this.#version))}\n`),
    )
  }

  #index(): Promise<Text> {
    return this.#once('index', async () => {
      const paths: Record<string, { serverRelativeURL: string }> = {}
      const byRoot = new Map<string, Resource[]>()
      for (const resource of this.#resources()) {
        byRoot.set(rootOf(resource), [...(byRoot.get(rootOf(resource)) ?? []), resource])
      }
      for (const [root, resources] of [...byRoot].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) {
        const { etag } = await this.#document(root, resources)
        paths[root.slice(1)] = { serverRelativeURL: `/openapi/v3${root}?hash=${etag}` }
      }
      return textOf(PLAIN_TEXT, JSON.stringify({ paths }))
    })
  }

  #v2(describe: FindDescriptions): DocumentV2 {
    return documentV2(this.#resources(), describe, this.#version)
  }

  #v2Json(): Promise<Text> {
    return this.#once('v2', (describe) => textOf('application/json', `${JSON.stringify(this.#v2(describe))}\n`))
  }

  #gnostic(): Promise<Text> {
    return this.#once('gnostic', (describe) => textOf(GNOSTIC, encodeGnostic(this.#v2(describe))))
  }
}
