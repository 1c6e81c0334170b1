// `forward`: hands queries on to upstream servers, in packets where the process has a network. A server that stays silent for
// two seconds is left for the next one, for five seconds in all; then it is SERVFAIL. Departure: a query that is refused at
// once is tried three times, where the real one goes on until the health check has failed often enough.
// Source: CoreDNS plugin/forward/forward.go, plugin/pkg/proxy/connect.go.

import { SECOND } from '@podwire/engine'
import { isInZone, RCODE, rcodeName, replyTo, type DnsMessage } from '../../wire/index.ts'
import {
  andThen,
  type DnsOutcome,
  type DnsRequest,
  type MaybePromise,
  type Next,
  type Plugin,
  type PluginContext,
} from '../plugin.ts'
import { parseForward, type ForwardRule } from './forward-options.ts'
import { UpstreamHealth } from './upstream-health.ts'

const READ_TIMEOUT_US = 2 * SECOND
const DEADLINE_US = 5 * SECOND

interface Forwarder {
  readonly rule: ForwardRule
  readonly upstreams: readonly UpstreamHealth[]
  next: number
  inFlight: number
}

export const forward: Plugin = {
  name: 'forward',
  setup(directives, context) {
    const forwarders = directives.map((directive): Forwarder => {
      const rule = parseForward(directive, context.readFile)
      const upstreams = rule.servers.map((server) => {
        const failures = context.metrics.counter(
          'coredns_proxy_healthcheck_failures_total',
          `proxy_name="forward",to="${server.address}:${server.port}"`,
        )
        return new UpstreamHealth({ engine: context.engine, server, rule, exchange: context.exchange, failures })
      })
      return { rule, upstreams, next: 0, inFlight: 0 }
    })
    context.onStop(() => {
      for (const { upstreams } of forwarders) for (const upstream of upstreams) upstream.stop()
    })
    return function forwardUpstream(request, next) {
      const name = request.question.name.toLowerCase()
      const inZone = (zone: string): boolean => isInZone(name, zone)
      const forwarder = forwarders.find(({ rule }) => rule.zones.some(inZone) && !rule.except.some(inZone))
      return forwarder === undefined ? next(request) : forwardTo(forwarder, context, request, next)
    }
  },
}

function forwardTo(
  forwarder: Forwarder,
  context: PluginContext,
  request: DnsRequest,
  next: Next,
): MaybePromise<DnsOutcome> {
  const { rule } = forwarder
  if (rule.maxConcurrent > 0 && forwarder.inFlight >= rule.maxConcurrent) {
    context.metrics.counter('coredns_forward_max_concurrent_rejects_total', '').value++
    const error = `concurrent queries exceeded maximum ${rule.maxConcurrent}`
    return { kind: 'failure', rcode: RCODE.REFUSED, error }
  }
  forwarder.inFlight++
  const attempt = { startUs: context.clock.now(), position: 0, tries: 0, fails: 0, order: orderOf(forwarder, context) }
  return andThen(tryNext(forwarder, context, request, attempt), (outcome) => {
    forwarder.inFlight--
    return outcome.kind === 'reply' && rule.next.includes(outcome.message.rcode) ? next(request) : outcome
  })
}

interface Attempt {
  readonly startUs: number
  readonly order: readonly UpstreamHealth[]
  position: number
  tries: number
  fails: number
}

/** As many tries as fit into the deadline, also where no time passes. */
const MOST_TRIES = Math.ceil(DEADLINE_US / READ_TIMEOUT_US)

function tryNext(
  forwarder: Forwarder,
  context: PluginContext,
  request: DnsRequest,
  attempt: Attempt,
): MaybePromise<DnsOutcome> {
  const upstream = choose(forwarder, context, attempt)
  if (upstream === undefined) return { kind: 'failure', rcode: RCODE.SERVFAIL, error: 'no healthy proxies' }
  attempt.tries++
  const { server } = upstream
  const startUs = context.clock.now()
  const protocol = forwarder.rule.protocol ?? request.protocol
  const reply = context.exchange(request.message, { ...server, protocol, timeoutUs: READ_TIMEOUT_US })
  return andThen(reply, (received): MaybePromise<DnsOutcome> => {
    if (typeof received !== 'string') {
      const labels = `proxy_name="forward",to="${server.address}:${server.port}",rcode="${rcodeName(received.rcode)}"`
      context.metrics
        .histogram('coredns_proxy_request_duration_seconds', labels)
        .observe((context.clock.now() - startUs) / SECOND)
      return { kind: 'reply', message: backTo(request, received) }
    }
    upstream.suspect()
    const late = context.clock.now() - attempt.startUs >= DEADLINE_US || attempt.tries >= MOST_TRIES
    const allDown = attempt.fails >= forwarder.upstreams.length
    if (late || allDown) return { kind: 'failure', rcode: RCODE.SERVFAIL, error: received }
    return tryNext(forwarder, context, request, attempt)
  })
}

/** The reply as the client's own: its id and question; a reply to another question is FORMERR. */
function backTo(request: DnsRequest, reply: DnsMessage): DnsMessage {
  const asked = request.question
  const same =
    reply.question === undefined ||
    (reply.question.type === asked.type && reply.question.name.toLowerCase() === asked.name.toLowerCase())
  if (!same) return replyTo(request.message, { rcode: RCODE.FORMERR })
  return { ...reply, id: request.message.id, question: asked, edns: undefined }
}

/** The next server that is up; with none, any of them: then the health check itself may be what is broken. */
function choose(forwarder: Forwarder, context: PluginContext, attempt: Attempt): UpstreamHealth | undefined {
  const { order } = attempt
  for (let step = 0; step < order.length; step++) {
    const upstream = order[attempt.position++ % order.length]
    if (upstream?.down === false) return upstream
    attempt.fails++
  }
  context.metrics.counter('coredns_forward_healthcheck_broken_total', '').value++
  return forwarder.rule.failFast ? undefined : context.random.pick(order)
}

function orderOf(forwarder: Forwarder, context: PluginContext): readonly UpstreamHealth[] {
  const { upstreams, rule } = forwarder
  if (upstreams.length === 1) return upstreams
  if (rule.policy === 'random') return context.random.shuffle(upstreams)
  if (rule.policy === 'sequential') return upstreams
  const first = forwarder.next++ % upstreams.length
  return [...upstreams.slice(first), ...upstreams.slice(0, first)]
}
