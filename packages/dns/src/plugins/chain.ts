// The chain: every plugin podwire has, in CoreDNS's order (plugin.cfg), and how a server block becomes one function. The order
// in a Corefile means nothing, as in CoreDNS. Names CoreDNS knows and podwire has not are refused by name.

import { invariant } from '@podwire/engine'
import { notSimulated, parseError, type ServerBlock, type Directive } from '../corefile/index.ts'
import { RCODE } from '../wire/index.ts'
import { autopath } from './autopath/autopath.ts'
import { cache } from './cache/cache.ts'
import { errors } from './errors/errors.ts'
import { forward } from './forward/forward.ts'
import { health } from './health/health.ts'
import { hosts } from './hosts/hosts.ts'
import { kubernetes } from './kubernetes/kubernetes.ts'
import { loadbalance } from './loadbalance/loadbalance.ts'
import { log } from './log/log.ts'
import { loop } from './loop/loop.ts'
import type { DnsOutcome, Handler, Next, Plugin, PluginContext } from './plugin.ts'
import { prometheus } from './prometheus/prometheus.ts'
import { ready } from './ready/ready.ts'
import { reload } from './reload/reload.ts'
import { rewrite } from './rewrite/rewrite.ts'
import { template } from './template/template.ts'

/** First to last: a query meets them in this order. */
export const PLUGINS: readonly Plugin[] = [
  reload,
  ready,
  health,
  prometheus,
  errors,
  log,
  loadbalance,
  cache,
  rewrite,
  autopath,
  template,
  hosts,
  kubernetes,
  loop,
  forward,
]

/** In CoreDNS's standard build, not here. */
const NOT_BUILT: ReadonlySet<string> = new Set(
  (
    'root metadata geoip cancel tls quic timeouts multisocket nsid bufsize bind debug trace pprof dnstap local dns64 acl ' +
    'any chaos tsig header dnssec minimal transfer route53 azure clouddns k8s_external file auto ' +
    'secondary etcd grpc grpc_server https https3 erratic whoami on sign view nomad'
  ).split(' '),
)

const PLUGIN_NAMES: ReadonlySet<string> = new Set(PLUGINS.map((plugin) => plugin.name))

/** @throws CorefileError when a directive is unknown, not simulated, or wrong */
export function buildChain(block: ServerBlock, context: PluginContext): Next {
  const uses = new Map<string, Directive[]>()
  for (const directive of block.directives) {
    if (NOT_BUILT.has(directive.name)) throw notSimulated(`plugin ${directive.name}`)
    if (!PLUGIN_NAMES.has(directive.name)) throw parseError(directive.line, `Unknown directive '${directive.name}'`)
    uses.set(directive.name, [...(uses.get(directive.name) ?? []), directive])
  }
  const handlers: Layer[] = []
  for (const plugin of PLUGINS) {
    const directives = uses.get(plugin.name)
    const handler = directives === undefined ? undefined : plugin.setup(directives, context)
    if (handler !== undefined) handlers.push({ handler, repeats: plugin.repeats === true })
    const zone = context.zones[0] ?? '.'
    if (directives !== undefined && uses.has('prometheus')) {
      const labels = `name="${plugin.name}",server="${context.server}",view="",zone="${zone}"`
      context.metrics.gauge('coredns_plugin_enabled', labels, () => 1)
    }
  }
  return compose(handlers)
}

const NO_NEXT: DnsOutcome = { kind: 'failure', rcode: RCODE.SERVFAIL, error: 'no next plugin found' }

interface Layer {
  readonly handler: Handler
  readonly repeats: boolean
}

/**
 * One function of all layers, linked once: a query allocates nothing here. A layer that calls `next` twice is a bug and stops
 * the run, unless it is one that repeats.
 */
function compose(layers: readonly Layer[]): Next {
  let next: Next = () => NO_NEXT
  for (let place = layers.length - 1; place >= 0; place--) {
    const layer = layers[place]
    if (layer !== undefined) next = linked(layer, 1 << place, next)
  }
  return next
}

function linked({ handler, repeats }: Layer, bit: number, after: Next): Next {
  const rule = `${handler.name} calls next once`
  const onward: Next = repeats
    ? (request) => {
        const { walk } = request
        // The layers behind it start anew.
        walk.passed = (walk.passed & (bit - 1)) | bit
        return after(request)
      }
    : (request) => {
        const { walk } = request
        invariant((walk.passed & bit) === 0, rule)
        walk.passed |= bit
        return after(request)
      }
  return (request) => handler(request, onward)
}
