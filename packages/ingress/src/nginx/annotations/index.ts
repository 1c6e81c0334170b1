// The ingress-nginx annotations podwire has, one file a concern, as one visible list. Any other annotation with the controller's
// prefix, and any value that cannot be read, comes back as a warning: nothing is passed over in silence.

import type { Annotation } from './annotation.ts'
import { appRoot } from './app-root.ts'
import { AUTHENTICATION } from './authentication.ts'
import { CLIENT_CERTIFICATES } from './client-certificates.ts'
import { CANARY } from './canary.ts'
import { COOKIE_AFFINITY } from './cookie-affinity.ts'
import { CORS } from './cors.ts'
import { defaultBackend } from './default-backend.ts'
import { ERRORS_AND_MIRRORS } from './errors-and-mirrors.ts'
import { forceSslRedirect } from './force-ssl-redirect.ts'
import { LIMITS } from './limits.ts'
import { NO_RULES, type LocationRules, type RulesDraft } from './location-rules.ts'
import { permanentRedirect, permanentRedirectCode } from './permanent-redirect.ts'
import { proxyBodySize } from './proxy-body-size.ts'
import { rewriteTarget } from './rewrite-target.ts'
import { serverAlias } from './server-alias.ts'
import { allowlistSourceRange, denylistSourceRange, whitelistSourceRange } from './source-range.ts'
import { sslPassthrough } from './ssl-passthrough.ts'
import { sslRedirect } from './ssl-redirect.ts'
import { temporalRedirect } from './temporal-redirect.ts'
import { UPSTREAM } from './upstream.ts'
import { upstreamVhost } from './upstream-vhost.ts'
import { useRegex } from './use-regex.ts'

const ANNOTATION_PREFIX = 'nginx.ingress.kubernetes.io/'

/** In the order they are read. */
const ANNOTATIONS: readonly Annotation[] = [
  rewriteTarget,
  useRegex,
  sslPassthrough,
  sslRedirect,
  forceSslRedirect,
  appRoot,
  permanentRedirect,
  permanentRedirectCode,
  temporalRedirect,
  proxyBodySize,
  whitelistSourceRange,
  allowlistSourceRange,
  denylistSourceRange,
  serverAlias,
  upstreamVhost,
  defaultBackend,
  ...COOKIE_AFFINITY,
  ...CANARY,
  ...CORS,
  ...AUTHENTICATION,
  ...CLIENT_CERTIFICATES,
  ...LIMITS,
  ...UPSTREAM,
  ...ERRORS_AND_MIRRORS,
]

/** Why a part of an Ingress has no effect; becomes a Warning event. */
export interface IngressWarning {
  readonly reason: 'UnsupportedAnnotation' | 'InvalidAnnotation' | 'UnsupportedBackend' | 'InvalidPath'
  readonly message: string
}

export interface ReadAnnotations {
  readonly rules: LocationRules
  readonly warnings: readonly IngressWarning[]
}

const NOTHING: ReadAnnotations = { rules: NO_RULES, warnings: [] }
const KNOWN: ReadonlySet<string> = new Set(ANNOTATIONS.map((annotation) => annotation.name))

export function readAnnotations(annotations: Readonly<Record<string, string>>, namespace: string): ReadAnnotations {
  const ours = Object.keys(annotations).filter((key) => key.startsWith(ANNOTATION_PREFIX))
  if (ours.length === 0) return NOTHING
  const rules: RulesDraft = { ...NO_RULES }
  const warnings: IngressWarning[] = []
  for (const annotation of ANNOTATIONS) {
    const text = annotations[ANNOTATION_PREFIX + annotation.name]
    if (text === undefined) continue
    const problem = annotation.read(text.trim(), rules, namespace)
    if (problem !== undefined) {
      const message = `annotation ${ANNOTATION_PREFIX}${annotation.name} is ignored: ${JSON.stringify(text)} ${problem}`
      warnings.push({ reason: 'InvalidAnnotation', message })
    }
  }
  for (const key of ours) {
    if (KNOWN.has(key.slice(ANNOTATION_PREFIX.length))) continue
    warnings.push({ reason: 'UnsupportedAnnotation', message: `annotation ${key} is not simulated and has no effect` })
  }
  return { rules, warnings }
}
