// The `forward` directive: which zones, to which servers, in which order they are tried. Servers are addresses or files like
// /etc/resolv.conf; DNS over TLS is refused by name. Source: CoreDNS plugin/forward/setup.go, plugin/pkg/parse/host.go.

import { argumentError, notSimulated, parseError, pluginError, zonesOf, type Directive } from '../../corefile/index.ts'
import { SECOND, type Microseconds } from '@podwire/engine'
import { addressFamily } from '../../wire/index.ts'
import { goDuration } from '../go-duration.ts'

export interface ForwardServer {
  readonly address: string
  readonly port: number
}

export type ForwardPolicy = 'random' | 'round_robin' | 'sequential'

export interface ForwardRule {
  readonly zones: readonly string[]
  readonly except: readonly string[]
  readonly servers: readonly ForwardServer[]
  readonly policy: ForwardPolicy
  readonly protocol: 'tcp' | 'udp' | undefined
  /** 0: servers are never held to be down. */
  readonly maxFails: number
  /** 0: no limit. */
  readonly maxConcurrent: number
  readonly healthCheckUs: Microseconds
  readonly failFast: boolean
  /** Reply codes after which the next plugin is asked. */
  readonly next: readonly number[]
}

interface Draft {
  except: string[]
  policy: ForwardPolicy
  protocol: 'tcp' | 'udp' | undefined
  maxFails: number
  maxConcurrent: number
  healthCheckUs: Microseconds
  failFast: boolean
  next: number[]
}

const PLUGIN = 'forward'
const MOST_SERVERS = 15
const RCODES: ReadonlyMap<string, number> = new Map([
  ['FORMERR', 1],
  ['SERVFAIL', 2],
  ['NXDOMAIN', 3],
  ['NOTIMP', 4],
  ['REFUSED', 5],
])

export function parseForward(directive: Directive, readFile: (path: string) => string | undefined): ForwardRule {
  const [from, ...to] = directive.args
  const { line } = directive
  if (from === undefined || to.length === 0) throw argumentError(line, from ?? PLUGIN, PLUGIN)
  const zones = zonesOf(from)
  if (zones.length === 0) throw parseError(line, `unable to normalize '${from}'`, PLUGIN)
  const servers = to.flatMap((text) => serversOf(text, readFile))
  if (servers.length > MOST_SERVERS) {
    throw pluginError(PLUGIN, `more than ${MOST_SERVERS} TOs configured: ${servers.length}`)
  }
  const draft: Draft = {
    except: [],
    policy: 'random',
    protocol: undefined,
    maxFails: 2,
    maxConcurrent: 0,
    healthCheckUs: SECOND / 2,
    failFast: false,
    next: [],
  }
  for (const option of directive.body ?? []) readOption(draft, option)
  return { zones, servers, ...draft }
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
  ['except', [1, Infinity, (draft, { args }) => void draft.except.push(...args.flatMap(zonesOf))]],
  ['force_tcp', [0, 0, (draft) => void (draft.protocol = 'tcp')]],
  ['prefer_udp', [0, 0, (draft) => void (draft.protocol = 'udp')]],
  ['policy', [1, 1, (draft, option) => void (draft.policy = policyOf(option))]],
  ['max_fails', [1, 1, (draft, option) => void (draft.maxFails = countOf(option))]],
  ['max_concurrent', [1, 1, (draft, option) => void (draft.maxConcurrent = countOf(option))]],
  ['health_check', [1, 5, (draft, option) => void (draft.healthCheckUs = durationOf(option))]],
  ['expire', [1, 1, (_, option) => void durationOf(option)]],
  ['max_idle_conns', [1, 1, (_, option) => void countOf(option)]],
  ['failfast_all_unhealthy_upstreams', [0, 0, (draft) => void (draft.failFast = true)]],
  ['next', [1, Infinity, (draft, { args, line }) => void draft.next.push(...args.map((word) => rcodeOf(word, line)))]],
  ['tls', [0, 3, refused]],
  ['tls_servername', [1, 1, refused]],
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

function countOf(option: Directive): number {
  const [text = ''] = option.args
  if (!/^-?\d+$/.test(text)) throw parseError(option.line, `strconv.Atoi: parsing "${text}": invalid syntax`, PLUGIN)
  if (Number(text) < 0) throw parseError(option.line, `${option.name} can't be negative: ${text}`, PLUGIN)
  return Number(text)
}

function durationOf(option: Directive): Microseconds {
  const [text = ''] = option.args
  const durationUs = goDuration(text)
  if (durationUs === undefined) throw parseError(option.line, `time: invalid duration "${text}"`, PLUGIN)
  return durationUs
}

function rcodeOf(word: string, line: number): number {
  const rcode = RCODES.get(word.toUpperCase())
  if (rcode === undefined) throw parseError(line, `${word} is not a valid rcode`, PLUGIN)
  return rcode
}
