// An upstream block read: its servers with their parameters, and the balancing method. What nginx would refuse is refused in its
// words. Source: nginx src/http/ngx_http_upstream.c (ngx_http_upstream_server), documentation ngx_http_upstream_module.

import type { Directive } from './config-text.ts'
import type { BalancingMethod } from './upstream-peers.ts'

/** A server before its name is looked up. */
export interface UpstreamServer {
  readonly host: string
  readonly port: number
  readonly weight: number
  readonly maxFails: number
  readonly failTimeoutSeconds: number
  readonly backup: boolean
  readonly down: boolean
}

export interface UpstreamBlock {
  readonly name: string
  readonly servers: readonly UpstreamServer[]
  readonly method: BalancingMethod
}

type ServerDraft = { -readonly [K in keyof UpstreamServer]: UpstreamServer[K] }

/** @returns what nginx says before it exits, when the block is wrong */
export function readUpstream({ args, block = [], at }: Directive): UpstreamBlock | { readonly error: string } {
  const name = args[0] ?? ''
  const servers: UpstreamServer[] = []
  let method: BalancingMethod = 'round_robin'
  for (const directive of block) {
    if (directive.name === 'ip_hash' || directive.name === 'least_conn') method = directive.name
    if (directive.name !== 'server') continue
    const server = readServer(directive)
    if ('error' in server) return server
    servers.push(server)
  }
  if (servers.length === 0) return { error: `no servers are inside upstream in ${at}` }
  if (method === 'ip_hash' && servers.some(({ backup }) => backup)) {
    return { error: `balancing method does not support parameter "backup" in ${at}` }
  }
  return { name, servers, method }
}

/** `proxy_pass http://kubia:8080`: one server, as if it were a block. */
export function upstreamOf(name: string): UpstreamBlock {
  const [, host = name, port = '80'] = /^(.*?)(?::(\d+))?$/.exec(name) ?? []
  const server = {
    host,
    port: Number(port),
    weight: 1,
    maxFails: 1,
    failTimeoutSeconds: 10,
    backup: false,
    down: false,
  }
  return { name, servers: [server], method: 'round_robin' }
}

function readServer({ args, at }: Directive): UpstreamServer | { readonly error: string } {
  const [place = '', ...parameters] = args
  const [server] = upstreamOf(place).servers
  if (server === undefined || place.startsWith('unix:'))
    return { error: `invalid host in upstream "${place}" in ${at}` }
  const draft: ServerDraft = { ...server }
  for (const parameter of parameters) {
    const problem = readParameter(parameter, draft)
    if (problem !== undefined) return { error: `${problem} "${parameter}" in ${at}` }
  }
  return draft
}

function readParameter(text: string, draft: ServerDraft): string | undefined {
  if (text === 'backup') draft.backup = true
  else if (text === 'down') draft.down = true
  else {
    const [name = '', value = ''] = text.split('=')
    const number = /^\d+$/.test(value) ? Number(value) : undefined
    if (name === 'weight' && number !== undefined && number > 0) draft.weight = number
    else if (name === 'max_fails' && number !== undefined) draft.maxFails = number
    else if (name === 'fail_timeout' && secondsOf(value) !== undefined) draft.failTimeoutSeconds = secondsOf(value) ?? 0
    else if (name === 'max_conns' || name === 'resolve' || name === 'route' || name === 'slow_start') {
      return 'podwire does not simulate the parameter'
    } else return 'invalid parameter'
  }
  return undefined
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['ms', 0.001],
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', 86_400],
])

/** nginx's times: `10`, `10s`, `1m30s`, `500ms`. Undefined: none. */
export function secondsOf(text: string): number | undefined {
  if (!/^(?:\d+(?:ms|[smhd])?)(?:\s*\d+(?:ms|[smhd]))*$/.test(text)) return undefined
  let seconds = 0
  for (const [, number = '', unit = ''] of text.matchAll(/(\d+)(ms|[smhd])?/g)) {
    seconds += Number(number) * (UNITS.get(unit) ?? 1)
  }
  return seconds
}
