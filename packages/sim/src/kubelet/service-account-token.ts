// The text of a projected service account token: a JWT with the claims a real one has, unsigned (`alg: none`). Whoever wants
// tokens that the API server's HTTP door accepts hands its own issuer to the kubelet.

import type { Pod } from '@podwire/apiserver'
import type { Clock } from '@podwire/engine'

const ISSUER = 'https://kubernetes.default.svc.cluster.local'

export function unsignedToken(pod: Pod, audience: string | undefined, expirationSeconds: number, clock: Clock): string {
  const issuedAt = Math.floor(clock.wallTimeMs() / 1000)
  const { namespace = 'default', name, uid } = pod.metadata
  const account = pod.spec.serviceAccountName ?? 'default'
  const claims = {
    aud: [audience === undefined || audience === '' ? ISSUER : audience],
    exp: issuedAt + expirationSeconds,
    iat: issuedAt,
    iss: ISSUER,
    'kubernetes.io': {
      namespace,
      node: { name: pod.spec.nodeName },
      pod: { name, uid },
      serviceaccount: { name: account },
    },
    nbf: issuedAt,
    sub: `system:serviceaccount:${namespace}:${account}`,
  }
  return `${encode({ alg: 'none', typ: 'JWT' })}.${encode(claims)}.`
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value), 'utf8').toString('base64url')
}
