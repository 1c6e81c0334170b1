// Tokens of pods for the files that projected volumes show: asked of the API server when a file is first read, bound to the pod,
// and asked for anew when four fifths of their time are over. Source: kubernetes pkg/kubelet/token/token_manager.go.
// Departure: a pod whose service account is missing, or that lives on after its object, reads an empty file.

import {
  isConflict,
  isNotFound,
  serviceAccounts,
  type Client,
  type NewObject,
  type Pod,
  type ServiceAccount,
} from '@podwire/apiserver'
import type { Clock } from '@podwire/engine'

const OLDEST_MS = 24 * 3600 * 1000

interface Issued {
  readonly text: string
  /** When it is replaced, milliseconds since 1970. */
  readonly staleMs: number
}

interface Answer {
  readonly status: { readonly token: string; readonly expirationTimestamp: string }
}

export class PodTokens {
  readonly #client: Client
  readonly #clock: Clock
  readonly #issued = new Map<string, Issued>()

  constructor(client: Client, clock: Clock) {
    this.#client = client
    this.#clock = clock
  }

  token(pod: Pod, audience = '', expirationSeconds: number): string {
    const key = JSON.stringify([pod.metadata.uid, audience, expirationSeconds])
    const now = this.#clock.wallTimeMs()
    const known = this.#issued.get(key)
    if (known !== undefined && known.staleMs > now) return known.text
    this.#forgetStale(now)
    const issued = this.#request(pod, audience, expirationSeconds, now)
    if (issued === undefined) return ''
    this.#issued.set(key, issued)
    return issued.text
  }

  #forgetStale(now: number): void {
    for (const [key, { staleMs }] of this.#issued) if (staleMs <= now) this.#issued.delete(key)
  }

  #request(pod: Pod, audience: string, expirationSeconds: number, now: number): Issued | undefined {
    const { namespace, name, uid } = pod.metadata
    const account = { namespace, name: pod.spec.serviceAccountName ?? 'default' }
    const request = {
      metadata: account,
      spec: {
        audiences: audience === '' ? [] : [audience],
        expirationSeconds,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
      },
    }
    try {
      // A TokenRequest, written to the accounts' subresource of that name.
      const body = request as unknown as NewObject<ServiceAccount>
      const { status } = this.#client.create(serviceAccounts, body, { subresource: 'token' }) as unknown as Answer
      const lifeMs = Date.parse(status.expirationTimestamp) - now
      return { text: status.token, staleMs: now + Math.min(lifeMs * 0.8, OLDEST_MS) }
    } catch (error) {
      if (isNotFound(error) || isConflict(error)) return undefined
      throw error
    }
  }
}
