// References to images, as far as they decide when one is pulled: a moving tag always, what is fixed only once.
// Source: kubernetes pkg/util/parsers, github.com/distribution/reference (normalize.go, regexp.go).

const DOMAIN_PART = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])'
const DOMAIN = `(?:${DOMAIN_PART}(?:\\.${DOMAIN_PART})*|\\[(?:[a-fA-F0-9:]+)\\])(?::[0-9]+)?`
const PATH_PART = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const TAG = '\\w[\\w.-]{0,127}'
const DIGEST = '(sha256|sha384|sha512):([a-fA-F0-9]+)'
const REFERENCE = new RegExp(`^(${DOMAIN}/${PATH_PART}(?:/${PATH_PART})*)(?::(${TAG}))?(?:@${DIGEST})?$`)
const IDENTIFIER = /^[a-f0-9]{64}$/
const DIGEST_LENGTH: ReadonlyMap<string, number> = new Map([
  ['sha256', 64],
  ['sha384', 96],
  ['sha512', 128],
])
const MAX_NAME = 255

/** The tag; `latest` where neither tag nor digest is said; '' for a digest alone and for what is no reference. */
export function imageTag(image: string): string {
  if (IDENTIFIER.test(image)) return ''
  const match = REFERENCE.exec(withDomain(image))
  if (match === null) return ''
  const [, name = '', tag = '', algorithm, digest = ''] = match
  if (name.length > MAX_NAME) return ''
  if (algorithm === undefined) return tag === '' ? 'latest' : tag
  return digest.length === DIGEST_LENGTH.get(algorithm) ? tag : ''
}

/** Names without a host are Docker's. */
function withDomain(image: string): string {
  const slash = image.indexOf('/')
  const first = image.slice(0, Math.max(slash, 0))
  const isHost = /[.:]/.test(first) || first === 'localhost' || first.toLowerCase() !== first
  if (slash < 0) return `docker.io/library/${image}`
  return isHost ? image : `docker.io/${image}`
}

// A cluster runs few images, over and over.
const policies = new Map<string, 'Always' | 'IfNotPresent'>()
const MAX_REMEMBERED = 1000

export function defaultPullPolicy(image: string): 'Always' | 'IfNotPresent' {
  const known = policies.get(image)
  if (known !== undefined) return known
  const policy = imageTag(image) === 'latest' ? 'Always' : 'IfNotPresent'
  if (policies.size < MAX_REMEMBERED) policies.set(image, policy)
  return policy
}
