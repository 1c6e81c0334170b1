// `forward`: hands queries on to upstream servers, in packets where the process has a network. A server that stays silent for
// `read_timeout` is left for the next one, for five seconds in all or `max_connect_attempts` failures; then it is SERVFAIL.
// Several uses in a block are asked in their order, as zones, `except` and `next` say.
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

const DEADLINE_US = 5 * SECOND

interface Forwarder {
  readonly rule: ForwardRule
  readonly upstreams: readonly UpstreamHealth[]
  readonly context: PluginContext
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
      return { rule, upstreams, context, next: 0, inFlight: 0 }
    })
    context.onStop(() => {
      for (const { upstreams } of forwarders) for (const upstream of upstreams) upstream.stop()
    })
    return function forwardUpstream(request, next) {
      return askFrom(forwarders, 0, request, next)
    }
  },
}

/** The first forwarder from `place` on that the name is for; none: the next plugin. */
function askFrom(
  forwarders: readonly Forwarder[],
  place: number,
  request: DnsRequest,
  next: Next,
): MaybePromise<DnsOutcome> {
  const forwarder = forwarders[place]
  if (forwarder === undefined) return next(request)
  const onward = (): MaybePromise<DnsOutcome> => askFrom(forwarders, place + 1, request, next)
  const { rule, context } = forwarder
  const name = request.question.name.toLowerCase()
  const excepted = name !== rule.zone && rule.except.some((zone) => isInZone(name, zone))
  if (!isInZone(name, rule.zone) || excepted) return onward()
  if (rule.maxConcurrent > 0 && forwarder.inFlight >= rule.maxConcurrent) {
    context.metrics.counter('coredns_forward_max_concurrent_rejects_total', '').value++
    const error = `concurrent queries exceeded maximum ${rule.maxConcurrent}`
    return { kind: 'failure', rcode: RCODE.REFUSED, error }
  }
  forwarder.inFlight++
  return andThen(new Attempts(forwarder, request).next(), (outcome) => {
    forwarder.inFlight--
    // Only to another use of this plugin, never to another plugin.
    const last = place + 1 === forwarders.length
    return !last && outcome.kind === 'reply' && goesOn(rule, outcome.message) ? onward() : outcome
  })
}

function goesOn(rule: ForwardRule, { rcode, answer }: DnsMessage): boolean {
  return rule.next.includes(rcode) || (rule.nextOnNodata && rcode === RCODE.NOERROR && answer.length === 0)
}

/** One query on its way through the upstreams. */
class Attempts {
  readonly #forwarder: Forwarder
  readonly #request: DnsRequest
  readonly #startUs: number
  readonly #order: readonly UpstreamHealth[]
  #position = 0
  /** Servers found down in this round. */
  #down = 0
  #failed = 0
  #failovers = 0
  #error = 'no healthy proxies'

  constructor(forwarder: Forwarder, request: DnsRequest) {
    this.#forwarder = forwarder
    this.#request = request
    this.#startUs = forwarder.context.clock.now()
    this.#order = orderOf(forwarder)
  }

  next(): MaybePromise<DnsOutcome> {
    const upstream = this.#choose()
    if (upstream === undefined) return this.#giveUp()
    return this.#ask(upstream, this.#forwarder.rule.forceTcp)
  }

  #giveUp(): DnsOutcome {
    return { kind: 'failure', rcode: RCODE.SERVFAIL, error: this.#error }
  }

  #ask(upstream: UpstreamHealth, forceTcp: boolean): MaybePromise<DnsOutcome> {
    const { context, rule } = this.#forwarder
    const request = this.#request
    const { server } = upstream
    const startUs = context.clock.now()
    const protocol = forceTcp ? 'tcp' : rule.preferUdp ? 'udp' : request.protocol
    const reply = context.exchange(request.message, { ...server, protocol, timeoutUs: rule.readTimeoutUs })
    return andThen(reply, (received): MaybePromise<DnsOutcome> => {
      if (typeof received === 'string') return this.#fail(upstream, received)
      const labels = `proxy_name="forward",to="${server.address}:${server.port}",rcode="${rcodeName(received.rcode)}"`
      context.metrics
        .histogram('coredns_proxy_request_duration_seconds', labels)
        .observe((context.clock.now() - startUs) / SECOND)
      if (received.truncated && rule.preferUdp && protocol === 'udp') return this.#ask(upstream, true)
      if (rule.failover.includes(received.rcode) && ++this.#failovers < this.#order.length) return this.next()
      return { kind: 'reply', message: backTo(request, received) }
    })
  }

  #fail(upstream: UpstreamHealth, error: string): MaybePromise<DnsOutcome> {
    const { context, rule, upstreams } = this.#forwarder
    this.#error = error
    upstream.suspect()
    const late = context.clock.now() - this.#startUs >= DEADLINE_US
    const tired = rule.maxAttempts > 0 && ++this.#failed >= rule.maxAttempts
    return late || tired || this.#down >= upstreams.length ? this.#giveUp() : this.next()
  }

  /** The next server that is up; with none, any of them: then the health check itself may be what is broken. */
  #choose(): UpstreamHealth | undefined {
    const { context, rule } = this.#forwarder
    for (;;) {
      if (this.#position >= this.#order.length) {
        this.#position = 0
        this.#down = 0
      }
      const upstream = this.#order[this.#position++]
      if (upstream?.down !== true) return upstream
      if (++this.#down < this.#order.length) continue
      context.metrics.counter('coredns_forward_healthcheck_broken_total', '').value++
      return rule.failFast ? undefined : context.random.pick(this.#order)
    }
  }
}

/** The reply as the client's own: its id and question; a reply to another question is FORMERR. */
function backTo(request: DnsRequest, reply: DnsMessage): DnsMessage {
  const asked = request.question
  const same =
    reply.question === undefined ||
    (reply.question.type === asked.type && reply.question.name.toLowerCase() === asked.name.toLowerCase())
  if (!same) return replyTo(request.message, { rcode: RCODE.FORMERR })
  return { ...reply, id: request.message.id, question: asked }
}

function orderOf(forwarder: Forwarder): readonly UpstreamHealth[] {
  const { context, rule, upstreams } = forwarder
  if (upstreams.length === 1) return upstreams
  if (rule.policy === 'random') return context.random.shuffle(upstreams)
  if (rule.policy === 'sequential') return upstreams
  const first = forwarder.next++ % upstreams.length
  return [...upstreams.slice(first), ...upstreams.slice(0, first)]
}
