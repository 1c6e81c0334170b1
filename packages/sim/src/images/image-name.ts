// Image references: `docker.io/library/nginx:1.25@sha256:…` taken apart, and the names under which an image is looked up.
// Source: distribution/reference (grammar, familiar names).

import { hashText } from '@podwire/engine'

export interface ImageReference {
  /** `docker.io`, `registry.k8s.io` */
  readonly host: string
  /** `library/nginx`, `luksa/kubia`, `e2e-test-images/agnhost` */
  readonly path: string
  /** `latest` when neither tag nor digest is given; undefined with a digest alone. */
  readonly tag: string | undefined
  readonly digest: string | undefined
}

const PATH = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/
const DIGEST = /^[a-z0-9]+:[a-f0-9]{32,}$/

/** undefined when `text` is no image reference (InvalidImageName). */
export function parseImageName(text: string): ImageReference | undefined {
  const [nameAndTag = '', digest] = text.split('@', 2)
  if (digest !== undefined && !DIGEST.test(digest)) return undefined
  const colon = nameAndTag.lastIndexOf(':')
  const hasTag = colon > nameAndTag.lastIndexOf('/')
  const name = hasTag ? nameAndTag.slice(0, colon) : nameAndTag
  const tag = hasTag ? nameAndTag.slice(colon + 1) : digest === undefined ? 'latest' : undefined
  if (tag !== undefined && !TAG.test(tag)) return undefined
  const slash = name.indexOf('/')
  const first = slash < 0 ? '' : name.slice(0, slash)
  const hasHost = first.includes('.') || first.includes(':') || first === 'localhost'
  const rest = hasHost ? name.slice(slash + 1) : name
  if (!PATH.test(rest)) return undefined
  if (hasHost) return { host: first, path: rest, tag, digest }
  return { host: 'docker.io', path: rest.includes('/') ? rest : `library/${rest}`, tag, digest }
}

/** As containerd shows it in container statuses: `docker.io/library/nginx:latest`. */
export function canonicalImageName({ host, path, tag, digest }: ImageReference): string {
  return `${host}/${path}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`
}

/** What the runtime shows of an image: every container of it keeps these very texts. */
export interface ImageIdentity {
  readonly image: string
  /** Repository and content digest: the imageID of a container status. The digest is made from the name, tag included. */
  readonly imageID: string
}

const identities = new Map<string, ImageIdentity>()

export function imageIdentity(reference: ImageReference): ImageIdentity {
  const name = canonicalImageName(reference)
  let identity = identities.get(name)
  if (identity === undefined) {
    const digest = reference.digest ?? `sha256:${hexOf(name, 64)}`
    identity = { image: name, imageID: `${reference.host}/${reference.path}@${digest}` }
    identities.set(name, identity)
  }
  return identity
}

/** A long hexadecimal name made from a text: container ids, digests. */
export function hexOf(text: string, digits: number): string {
  // Bytes first: a text put together piece by piece keeps all its pieces, and every container has one.
  const bytes = Buffer.alloc(Math.ceil(digits / 8) * 4)
  for (let lane = 0; lane * 4 < bytes.length; lane++) {
    bytes.writeUInt32BE(hashText(text, 0x9e3779b9 ^ Math.imul(lane + 1, 0x85ebca6b)) >>> 0, lane * 4)
  }
  return bytes.toString('hex').slice(0, digits)
}

/**
 * Names to look an image up by, most specific first: host and path, path, path without `library/`, ever shorter endings
 * (`registry.k8s.io/e2e-test-images/agnhost` is found as `agnhost`).
 */
export function lookupNames({ host, path }: ImageReference): readonly string[] {
  const parts = path.split('/')
  const endings = parts.map((_, index) => parts.slice(index).join('/'))
  return [`${host}/${path}`, ...endings]
}
