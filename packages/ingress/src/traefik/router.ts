// What traefik routes by: a rule, its priority, and the Service behind it. Rule texts are traefik's own, because their length is
// the priority of a router that names none. Source: traefik pkg/provider/kubernetes/ingress/kubernetes.go (loadRouter, buildRule),
// pkg/muxer/http/mux.go (GetRulePriority); v1.7 provider/kubernetes/kubernetes.go (getRuleForPath), server_configuration.go.

import type { Backend } from '../routing/index.ts'

export type PathMatcher =
  | { readonly kind: 'any' }
  | { readonly kind: 'exact'; readonly path: string }
  /** Of the text: `/foo` is the beginning of `/foobar`. */
  | { readonly kind: 'prefix'; readonly path: string }
  /** `/foo` itself and what is below `/foo/`. */
  | { readonly kind: 'element-prefix'; readonly path: string }
  | { readonly kind: 'pattern'; readonly pattern: RegExp }

export interface TraefikRouter {
  /** `default-web-a-example-com-foo`; in v1.7 the frontend, `a.example.com/foo`. */
  readonly name: string
  readonly rule: string
  readonly priority: number
  /** Lower case; `*.example.com` takes one label; '' every host. */
  readonly host: string
  readonly path: PathMatcher
  /** In v1.7 the same host and path in several Ingresses is one frontend before all their Services. */
  readonly backends: readonly Backend[]
  /** Names of entry points; undefined: all that have no TLS of their own. */
  readonly entryPoints: readonly string[] | undefined
  readonly tls: boolean
  readonly ingress: { readonly namespace: string; readonly name: string }
  readonly rules: RouterRules
}

/** What becomes of a request beside its way; v1.7 has it on the Ingress. */
export interface RouterRules {
  /** Undefined: as the Service says, else yes. */
  readonly passHostHeader: boolean | undefined
  /** Undefined: by the Service's port. */
  readonly scheme: 'http' | 'https' | undefined
  /** Networks that may ask; empty: all. */
  readonly allowed: readonly string[]
  /** The path as the server gets it, and the header that tells what was done. */
  readonly rewrite: ((path: string) => Rewritten) | undefined
}

export interface Rewritten {
  readonly path: string
  readonly header: readonly [name: string, value: string] | undefined
}

export const NO_ROUTER_RULES: RouterRules = {
  passHostHeader: undefined,
  scheme: undefined,
  allowed: [],
  rewrite: undefined,
}

/** Which traefik it is: v1.7, v2 and v3 write their rules differently. */
export interface TraefikRelease {
  readonly major: number
  readonly minor: number
}

/** Without a tag one can read: the newest. */
export function traefikRelease(image: string): TraefikRelease {
  const match = /:v?(\d+)(?:\.(\d+))?/.exec(image.slice(image.lastIndexOf('/') + 1))
  if (match === null) return { major: 3, minor: 7 }
  const major = Number(match[1])
  return { major, minor: match[2] === undefined ? 99 : Number(match[2]) }
}
