// The servers of a router, and whose turn it is: earliest deadline first, which with equal weights is turns from a shuffled start; a
// sticky client stays with its server even while that terminates. State goes with the list of endpoints it was made for.
// Source: traefik pkg/server/service/loadbalancer/{wrr/wrr,sticky}.go, pkg/server/cookie/cookie.go, pkg/server/service/service.go.

import { createHash } from 'node:crypto'
import type { Random } from '@podwire/engine'
import type { HttpRequest } from '../http/message.ts'
import { cookieValue } from '../nginx/variables.ts'
import type { BackendEndpoint } from '../routing/index.ts'
import type { ServersScheme, StickyCookie } from './annotations.ts'

export interface TraefikServer extends BackendEndpoint {
  readonly scheme: ServersScheme
}

export interface PickedServer {
  readonly server: TraefikServer
  readonly setCookie: string | undefined
}

interface Turns {
  readonly order: readonly TraefikServer[]
  next: number
  readonly byCookie: Map<string, TraefikServer>
}

export class ServerTurns {
  readonly #random: Random
  readonly #turns = new WeakMap<readonly TraefikServer[], Turns>()

  constructor(random: Random) {
    this.#random = random
  }

  /** @param service its qualified name. @returns undefined: no server takes new clients */
  pick(
    servers: readonly TraefikServer[],
    sticky: StickyCookie | undefined,
    service: string,
    request: HttpRequest,
  ): PickedServer | undefined {
    const turns = this.#turnsOf(servers)
    const name = sticky === undefined ? '' : cookieName(sticky.name, service)
    const known = sticky === undefined ? undefined : this.#known(turns, sticky, cookieValue(request, name))
    if (known !== undefined) return { server: known, setCookie: undefined }
    for (let tries = 0; tries < turns.order.length; tries++) {
      const server = turns.order[turns.next]
      turns.next = (turns.next + 1) % turns.order.length
      if (server === undefined || server.draining === true) continue
      return { server, setCookie: sticky === undefined ? undefined : setCookie(name, server, sticky) }
    }
    return undefined
  }

  #known(turns: Turns, sticky: StickyCookie, value: string | undefined): TraefikServer | undefined {
    if (value === undefined) return undefined
    if (turns.byCookie.size === 0) {
      for (const server of turns.order) turns.byCookie.set(cookieFor(server, sticky), server)
    }
    return turns.byCookie.get(value)
  }

  #turnsOf(servers: readonly TraefikServer[]): Turns {
    let turns = this.#turns.get(servers)
    if (turns === undefined) {
      turns = { order: shuffled(servers, this.#random), next: 0, byCookie: new Map() }
      this.#turns.set(servers, turns)
    }
    return turns
  }
}

function shuffled(servers: readonly TraefikServer[], random: Random): readonly TraefikServer[] {
  const order = [...servers]
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.integer(0, i)
    const [a, b] = [order[i], order[j]]
    if (a === undefined || b === undefined) continue
    order[i] = b
    order[j] = a
  }
  return order
}

/** `http://10.244.0.5:8080` */
export function serverUrl({ scheme, address, port }: TraefikServer): string {
  return `${scheme}://${address.includes(':') ? `[${address}]` : address}:${port}`
}

function cookieFor(server: TraefikServer, { plain }: StickyCookie): string {
  const url = serverUrl(server)
  return plain ? url : createHash('sha256').update(url).digest('hex').slice(0, 16)
}

function cookieName(given: string, service: string): string {
  if (given !== '') return given.replaceAll(/[^!#$%&'*+\-.^`|~0-9A-Za-z]/g, '_')
  return `_${createHash('sha1').update(`_TRAEFIK_BACKEND_${service}`).digest('hex').slice(0, 5)}`
}

/** In the order Go's net/http writes attributes. */
function setCookie(name: string, server: TraefikServer, sticky: StickyCookie): string {
  const { path, domain, maxAge, httpOnly, secure, sameSite } = sticky
  return [
    `${name}=${cookieFor(server, sticky)}`,
    ...(path === '' ? [] : [`Path=${path}`]),
    ...(domain === '' ? [] : [`Domain=${domain}`]),
    ...(maxAge > 0 ? [`Max-Age=${maxAge}`] : maxAge < 0 ? ['Max-Age=0'] : []),
    ...(httpOnly ? ['HttpOnly'] : []),
    ...(secure ? ['Secure'] : []),
    ...(sameSite === undefined ? [] : [`SameSite=${sameSite}`]),
  ].join('; ')
}
