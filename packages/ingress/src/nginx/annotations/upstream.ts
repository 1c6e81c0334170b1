// How the backend is talked to: time-outs, whom to try next, its protocol, how endpoints are chosen.
// Source: ingress-nginx internal/ingress/annotations/{proxy,backendprotocol,loadbalancing,upstreamhashby,serviceupstream}/main.go.

import { settingOf, switchOf, type Annotation } from './annotation.ts'
import { unknownVariable } from '../variables.ts'

export type BackendProtocol = 'HTTP' | 'HTTPS' | 'AUTO_HTTP' | 'GRPC' | 'GRPCS'

export const isGrpc = (protocol: BackendProtocol): boolean => protocol === 'GRPC' || protocol === 'GRPCS'

export interface UpstreamRules {
  readonly connectSeconds: number
  readonly sendSeconds: number
  readonly readSeconds: number
  /** `error`, `timeout`, `http_503`, `non_idempotent` …: what makes nginx try another endpoint. */
  readonly nextOn: readonly string[]
  /** 0: as many as there are. */
  readonly tries: number
  /** Over all tries; 0 is no limit. */
  readonly triesSeconds: number
  readonly protocol: BackendProtocol
  readonly balance: 'round_robin' | 'ewma'
  /** Text with nginx variables; '' is no hashing. */
  readonly hashBy: string
  readonly hashSubset: boolean
  readonly hashSubsetSize: number
  /** The Service's own address stands for its endpoints. */
  readonly serviceUpstream: boolean
  readonly buffering: 'on' | 'off'
  readonly requestBuffering: 'on' | 'off'
  readonly httpVersion: '1.0' | '1.1'
}

export const DEFAULT_UPSTREAM: UpstreamRules = {
  connectSeconds: 5,
  sendSeconds: 60,
  readSeconds: 60,
  nextOn: ['error', 'timeout'],
  tries: 3,
  triesSeconds: 0,
  protocol: 'HTTP',
  balance: 'round_robin',
  hashBy: '',
  hashSubset: false,
  hashSubsetSize: 3,
  serviceUpstream: false,
  buffering: 'off',
  requestBuffering: 'on',
  httpVersion: '1.1',
}

const PROTOCOLS: readonly BackendProtocol[] = ['HTTP', 'HTTPS', 'AUTO_HTTP', 'GRPC', 'GRPCS']

type Change = Partial<UpstreamRules>

const setting = (name: string, read: (text: string) => Partial<UpstreamRules> | string): Annotation =>
  settingOf('upstream', name, read)

const whole = (name: string, change: (value: number) => Change): Annotation =>
  setting(name, (text) => (/^\d+$/.test(text) ? change(Number(text)) : 'must be a whole number'))

function switched(name: string, change: (value: 'on' | 'off') => Change): Annotation {
  return setting(name, (text) => (text === 'on' || text === 'off' ? change(text) : 'must be on or off'))
}

const NEXT_ON: ReadonlySet<string> = new Set(
  'error timeout invalid_header http_500 http_502 http_503 http_504 http_403 http_404 http_429 non_idempotent off'.split(
    ' ',
  ),
)

export const UPSTREAM: readonly Annotation[] = [
  whole('proxy-connect-timeout', (connectSeconds) => ({ connectSeconds })),
  whole('proxy-send-timeout', (sendSeconds) => ({ sendSeconds })),
  whole('proxy-read-timeout', (readSeconds) => ({ readSeconds })),
  setting('proxy-next-upstream', (text) => {
    const nextOn = text.split(/\s+/)
    const bad = nextOn.find((word) => !NEXT_ON.has(word))
    return bad === undefined ? { nextOn } : `${JSON.stringify(bad)} is no reason nginx knows`
  }),
  whole('proxy-next-upstream-tries', (tries) => ({ tries })),
  whole('proxy-next-upstream-timeout', (triesSeconds) => ({ triesSeconds })),
  setting('backend-protocol', (text) => {
    const protocol = text.toUpperCase()
    const known = PROTOCOLS.find((one) => one === protocol)
    if (known !== undefined) return { protocol: known }
    if (protocol === 'FCGI') return 'is not simulated'
    return 'must be HTTP, HTTPS, AUTO_HTTP, GRPC, GRPCS or FCGI'
  }),
  setting('load-balance', (text) =>
    text === 'round_robin' || text === 'ewma' ? { balance: text } : 'must be round_robin or ewma',
  ),
  setting('upstream-hash-by', (text) => {
    const unknown = unknownVariable(text)
    return unknown === undefined ? { hashBy: text } : `names the variable $${unknown}, which is not simulated`
  }),
  switchOf('upstream', 'upstream-hash-by-subset', (hashSubset) => ({ hashSubset })),
  whole('upstream-hash-by-subset-size', (value) => ({ hashSubsetSize: value > 0 ? value : 3 })),
  switchOf('upstream', 'service-upstream', (serviceUpstream) => ({ serviceUpstream })),
  switched('proxy-buffering', (buffering) => ({ buffering })),
  switched('proxy-request-buffering', (requestBuffering) => ({ requestBuffering })),
  setting('proxy-http-version', (text) =>
    text === '1.0' || text === '1.1' ? { httpVersion: text } : 'must be 1.0 or 1.1',
  ),
]
