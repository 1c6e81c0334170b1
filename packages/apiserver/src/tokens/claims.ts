// What a service account's token says. Source: kubernetes pkg/serviceaccount/claims.go.

import type { KubeObject } from '../objects/kube-object.ts'

export interface Reference {
  readonly name: string
  readonly uid?: string
}

export interface Claims {
  readonly aud: readonly string[]
  /** Seconds since 1970. */
  readonly exp: number
  readonly iat: number
  readonly iss: string
  readonly jti: string
  readonly 'kubernetes.io': {
    readonly namespace: string
    readonly node?: Reference
    readonly pod?: Reference
    readonly secret?: Reference
    readonly serviceaccount: Reference
    readonly warnafter?: number
  }
  readonly nbf: number
  readonly sub: string
}

export function referenceTo({ metadata }: KubeObject): Reference {
  return { name: metadata.name, uid: metadata.uid }
}

export function accountUserName(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`
}
