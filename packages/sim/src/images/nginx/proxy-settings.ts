// What the levels of a configuration say about proxying: an inner level's headers take the place of all the outer ones', single
// settings are the innermost. Source: nginx src/http/modules/ngx_http_proxy_module.c (merge of locations, ngx_http_proxy_headers).

import { SECOND } from '@podwire/engine'
import type { HeaderList, HttpRequest } from '../../http/message.ts'
import type { Directive } from './config-text.ts'
import { secondsOf } from './upstream-block.ts'
import { expandVariables, type RequestFacts } from './variables.ts'

/** Innermost first: location, server, http. */
export type Levels = readonly (readonly Directive[])[]

export interface ProxyRules {
  /** `error`, `timeout`, `http_502` … */
  readonly nextOn: readonly string[]
  /** 0: each server once. */
  readonly tries: number
  readonly triesTimeoutUs: number
  readonly connectTimeoutUs: number
  readonly readTimeoutUs: number
  readonly version: '1.0' | '1.1'
}

export function inherited(levels: Levels, name: string): readonly Directive[] {
  for (const level of levels) {
    const found = level.filter((directive) => directive.name === name)
    if (found.length > 0) return found
  }
  return []
}

export function proxyRules(levels: Levels): ProxyRules {
  const args = (name: string): readonly string[] | undefined => inherited(levels, name)[0]?.args
  const timeUs = (name: string, otherwise: number): number => (secondsOf(args(name)?.[0] ?? '') ?? otherwise) * SECOND
  return {
    nextOn: args('proxy_next_upstream') ?? ['error', 'timeout'],
    tries: Number(args('proxy_next_upstream_tries')?.[0] ?? 0) || 0,
    triesTimeoutUs: timeUs('proxy_next_upstream_timeout', 0),
    connectTimeoutUs: timeUs('proxy_connect_timeout', 60),
    readTimeoutUs: timeUs('proxy_read_timeout', 60),
    version: args('proxy_http_version')?.[0] === '1.1' ? '1.1' : '1.0',
  }
}

const ONE_HOP: ReadonlySet<string> = new Set(
  ['host', 'connection', 'keep-alive', 'te', 'transfer-encoding', 'upgrade', 'expect', 'content-length'].concat([
    'proxy-connection',
  ]),
)

/** Names with an underscore are dropped; an empty value takes a header away. */
export function proxiedHeaders(request: HttpRequest, set: readonly Directive[], facts: RequestFacts): HeaderList {
  const own = set.map(({ args: [name = '', value = ''] }) => [name, expandVariables(value, facts)] as const)
  const names = new Set(own.map(([name]) => name.toLowerCase()))
  const kept = request.headers.filter(([name]) => {
    const key = name.toLowerCase()
    return !names.has(key) && !ONE_HOP.has(key) && !key.includes('_')
  })
  return [
    ...(names.has('host') ? [] : ([['Host', facts.proxyHost]] as const)),
    ...(names.has('connection') ? [] : ([['Connection', 'close']] as const)),
    ...own.filter(([, value]) => value !== ''),
    ...(request.body.length > 0 ? ([['Content-Length', String(request.body.length)]] as const) : []),
    ...kept,
  ]
}
