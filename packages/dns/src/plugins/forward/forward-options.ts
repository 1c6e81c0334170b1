// The `forward` directive: which zone, to which servers, in which order they are tried and for how long. Servers are addresses
// or files like /etc/resolv.conf; DNS over TLS and HTTPS, and servers given by name, are refused by name.
// Source: CoreDNS plugin/forward/setup.go, plugin/pkg/parse/host.go; messages are its.

import { argumentError, notSimulated, parseError, pluginError, zonesOf, type Directive } from '../../corefile/index.ts'
import { formatDuration, SECOND, type Microseconds } from '@podwire/engine'
import { addressFamily, fullyQualified, nameFault, rcodeNumber } from '../../wire/index.ts'
import { durationProblem, goDuration } from '../go-duration.ts'

export interface ForwardServer {
  readonly address: string
  readonly port: number
}

export type ForwardPolicy = 'random' | 'round_robin' | 'sequential'

export interface ForwardRule {
  readonly zone: string
  readonly except: readonly string[]
  readonly servers: readonly ForwardServer[]
  readonly policy: ForwardPolicy
  readonly forceTcp: boolean
  readonly preferUdp: boolean
  /** 0: servers are never held to be down. */
  readonly maxFails: number
  /** How many failed exchanges end a query; 0: only time does. */
  readonly maxAttempts: number
  /** 0: no limit. */
  readonly maxConcurrent: number
  readonly readTimeoutUs: Microseconds
  readonly healthCheck: HealthCheckRule
  readonly failFast: boolean
  /** Reply codes after which this plugin's next use is asked. */
  readonly next: readonly number[]
  readonly nextOnNodata: boolean
  /** Reply codes after which the next server is asked. */
  readonly failover: readonly number[]
}

export interface HealthCheckRule {
  readonly intervalUs: Microseconds
  readonly domain: string
  readonly recursionDesired: boolean
}

type Draft = { -readonly [key in keyof Omit<ForwardRule, 'zone' | 'servers' | 'maxAttempts'>]: ForwardRule[key] } & {
  maxAttempts: number | undefined
  expireUs: Microseconds
  maxAgeUs: Microseconds
}

const PLUGIN = 'forward'
const MOST_SERVERS = 15

export function parseForward(directive: Directive, readFile: (path: string) => string | undefined): ForwardRule {
  const [from, ...to] = directive.args
  const { line } = directive
  if (from === undefined || to.length === 0) throw argumentError(line, from ?? PLUGIN, PLUGIN)
  const [zone] = zonesOf(from)
  if (zone === undefined) throw pluginError(PLUGIN, `unable to normalize '${from}'`)
  const draft: Draft = {
    except: [],
    policy: 'random',
    forceTcp: false,
    preferUdp: false,
    maxFails: 2,
    maxAttempts: undefined,
    maxConcurrent: 0,
    readTimeoutUs: 2 * SECOND,
    healthCheck: { intervalUs: SECOND / 2, domain: '.', recursionDesired: true },
    failFast: false,
    next: [],
    nextOnNodata: false,
    failover: [],
    expireUs: 10 * SECOND,
    maxAgeUs: 0,
  }
  for (const option of directive.body ?? []) readOption(draft, option)
  const { expireUs, maxAgeUs, ...rule } = draft
  if (maxAgeUs > 0 && maxAgeUs < expireUs) {
    const [age, expire] = [maxAgeUs, expireUs].map(formatDuration)
    throw pluginError(PLUGIN, `max_age (${age ?? ''}) must not be less than expire (${expire ?? ''})`)
  }
  const servers = distinct(to.flatMap((text) => serversOf(text, readFile)))
  if (servers.length > MOST_SERVERS) {
    throw pluginError(PLUGIN, `more than ${MOST_SERVERS} TOs configured: ${servers.length}`)
  }
  return { zone, servers, ...rule, maxAttempts: rule.maxAttempts ?? 2 * servers.length }
}

function distinct(servers: readonly ForwardServer[]): readonly ForwardServer[] {
  return [...new Map(servers.map((server) => [`${server.address} ${server.port}`, server])).values()]
}

function serversOf(text: string, readFile: (path: string) => string | undefined): readonly ForwardServer[] {
  if (/^(tls|https|grpc|quic):\/\//.test(text)) throw notSimulated(`forwarding to ${text}`)
  const bare = text.replace(/^dns:\/\//, '')
  const server = serverOf(bare)
  if (server !== undefined) return [server]
  const file = readFile(bare)
  if (file === undefined) throw pluginError(PLUGIN, `not an IP address or file: "${text}"`)
  const found = [...file.matchAll(/^\s*nameserver\s+(\S+)/gm)].map(([, address = '']) => ({ address, port: 53 }))
  if (found.length === 0) throw pluginError(PLUGIN, `no nameservers found`)
  return found
}

function serverOf(text: string): ForwardServer | undefined {
  if (addressFamily(text) !== undefined) return { address: text, port: 53 }
  const match = /^\[?([^\]]+)\]?:(\d+)$/.exec(text)
  const [, address = '', port = ''] = match ?? []
  return addressFamily(address) === undefined ? undefined : { address, port: Number(port) }
}

type OptionReader = (draft: Draft, option: Directive) => void

const refused: OptionReader = (_, { name }) => {
  throw notSimulated(`option ${name} of plugin forward`)
}

/** With how many arguments each is written. */
const OPTIONS: ReadonlyMap<string, readonly [least: number, most: number, read: OptionReader]> = new Map([
  ['except', [1, Infinity, (draft, { args }) => void (draft.except = [...draft.except, ...args.flatMap(zonesOf)])]],
  ['force_tcp', [0, 0, (draft) => void (draft.forceTcp = true)]],
  ['prefer_udp', [0, 0, (draft) => void (draft.preferUdp = true)]],
  ['policy', [1, 1, (draft, option) => void (draft.policy = policyOf(option))]],
  ['max_fails', [1, 1, (draft, option) => void (draft.maxFails = unsignedOf(option))]],
  ['max_connect_attempts', [1, 1, (draft, option) => void (draft.maxAttempts = unsignedOf(option))]],
  ['max_concurrent', [1, 1, (draft, option) => void (draft.maxConcurrent = countOf(option))]],
  ['health_check', [1, 4, (draft, option) => void (draft.healthCheck = healthCheckOf(option))]],
  // Connections are not kept between queries here: these say for how long and how many.
  ['expire', [1, 1, (draft, option) => void (draft.expireUs = durationOf(option))]],
  ['max_age', [1, 1, (draft, option) => void (draft.maxAgeUs = durationOf(option))]],
  ['max_idle_conns', [1, 1, (_, option) => void countOf(option)]],
  ['read_timeout', [1, 1, (draft, option) => void (draft.readTimeoutUs = timeoutOf(option))]],
  ['failfast_all_unhealthy_upstreams', [0, 0, (draft) => void (draft.failFast = true)]],
  ['next', [1, Infinity, (draft, { args }) => void (draft.next = [...draft.next, ...args.map(rcodeOf)])]],
  ['next_on_nodata', [0, 0, (draft) => void (draft.nextOnNodata = true)]],
  ['failover', [1, Infinity, (draft, option) => void (draft.failover = [...draft.failover, ...failoverOf(option)])]],
  ['tls', [0, 3, refused]],
  ['tls_servername', [1, 1, refused]],
  ['doh_method', [1, 1, refused]],
  ['resolver', [1, Infinity, refused]],
  ['source_address', [1, 1, refused]],
] satisfies [string, [number, number, OptionReader]][])

function readOption(draft: Draft, option: Directive): void {
  const { name, args, line } = option
  const known = OPTIONS.get(name)
  if (known === undefined) throw parseError(line, `unknown property '${name}'`, PLUGIN)
  const [least, most, read] = known
  if (args.length < least || args.length > most) throw argumentError(line, args.at(-1) ?? name, PLUGIN)
  read(draft, option)
}

function policyOf({ args: [policy = ''], line }: Directive): ForwardPolicy {
  if (policy === 'random' || policy === 'round_robin' || policy === 'sequential') return policy
  throw parseError(line, `unknown policy '${policy}'`, PLUGIN)
}

function healthCheckOf(option: Directive): HealthCheckRule {
  const intervalUs = durationOf(option)
  const words = option.args.slice(1)
  let recursionDesired = true
  let domain = '.'
  for (let at = 0; at < words.length; at++) {
    const word = words[at]
    if (word === 'no_rec') recursionDesired = false
    else if (word === 'domain') {
      const name = words[++at]
      if (name === undefined) throw argumentError(option.line, 'domain', PLUGIN)
      domain = fullyQualified(name.toLowerCase())
      if (name !== '.' && nameFault(name) !== undefined) {
        throw pluginError(PLUGIN, `health_check: invalid domain name ${name}`)
      }
    } else throw pluginError(PLUGIN, `health_check: unknown option ${word ?? ''}`)
  }
  return { intervalUs, domain, recursionDesired }
}

function unsignedOf({ args: [text = ''] }: Directive): number {
  if (/^\d+$/.test(text)) return Number(text)
  throw pluginError(PLUGIN, `strconv.ParseUint: parsing "${text}": invalid syntax`)
}

function countOf({ name, args: [text = ''] }: Directive): number {
  if (!/^[+-]?\d+$/.test(text)) throw pluginError(PLUGIN, `strconv.Atoi: parsing "${text}": invalid syntax`)
  if (Number(text) < 0) throw pluginError(PLUGIN, `${name} can't be negative: ${Number(text)}`)
  return Number(text)
}

function durationOf({ name, args: [text = ''] }: Directive): Microseconds {
  if (/^-/.test(text) && goDuration(text.slice(1)) !== undefined) {
    throw pluginError(PLUGIN, `${name} can't be negative: ${text}`)
  }
  const durationUs = goDuration(text)
  if (durationUs === undefined) throw pluginError(PLUGIN, durationProblem(text))
  return durationUs
}

function timeoutOf(option: Directive): Microseconds {
  const timeoutUs = durationOf(option)
  if (timeoutUs === 0) throw pluginError(PLUGIN, `read_timeout must be positive: 0s`)
  return timeoutUs
}

function rcodeOf(word: string): number {
  const rcode = rcodeNumber(word.toUpperCase())
  if (rcode === undefined) throw pluginError(PLUGIN, `${word} is not a valid rcode`)
  return rcode
}

function failoverOf({ args }: Directive): readonly number[] {
  const rcodes = args.map(rcodeOf)
  if (rcodes.includes(0)) throw pluginError(PLUGIN, 'NoError cannot be used in failover')
  return rcodes
}
