// registry.k8s.io/coredns/coredns: the DNS server of @podwire/dns, bound to its pod's sockets: 53 UDP and TCP, and the pages
// of health, ready and metrics. It reads the Corefile from the file named by -conf, so a mounted ConfigMap configures it.

import type { InformerFactory } from '@podwire/apiserver'
import {
  CorefileError,
  createDnsServer,
  createMessageReader,
  frameMessage,
  kubeadmCorefile,
  type DnsServer,
} from '@podwire/dns'
import { SECOND } from '@podwire/engine'
import type { TcpSocket } from '../fabric/network.ts'
import { serveHttp } from '../http/index.ts'
import { flagValue } from './flags.ts'
import type { ContainerContext, Image, RunningProgram } from './image.ts'
import { takesSignals } from './program.ts'
import { goResponse, pathOf } from './responses.ts'

export interface CoreDnsImageOptions {
  /** A view of the cluster for one CoreDNS process; stopped with it. */
  readonly createInformers: (context: ContainerContext) => InformerFactory
  /** ConfigMap whose Corefile the process follows; default kube-system/coredns. */
  readonly configMap?: { readonly namespace: string; readonly name: string }
  readonly clusterDomain: string
}

const DEFAULT_CONFIG_MAP = { namespace: 'kube-system', name: 'coredns' }
// The Corefile's `lameduck 5s`.
const LAME_DUCK = 5 * SECOND

export function coreDnsImage(options: CoreDnsImageOptions): Image {
  return {
    name: 'coredns/coredns',
    aliases: ['coredns'],
    entrypoint: ['/coredns'],
    ports: [53],
    libc: 'glibc',
    distroless: true,
    start: (context) => startCoreDns(context, options),
  }
}

function startCoreDns(context: ContainerContext, options: CoreDnsImageOptions): RunningProgram {
  const path = flagValue(context.command, 'conf') ?? '/etc/coredns/Corefile'
  const mounted = context.files.read(path)
  const corefile =
    mounted === undefined ? kubeadmCorefile(options.clusterDomain) : Buffer.from(mounted).toString('utf8')
  const informers = options.createInformers(context)
  let server: DnsServer
  try {
    server = createDnsServer({
      engine: context.engine,
      random: context.random,
      corefile,
      informers,
      name: context.network.name,
      localAddresses: () => context.network.addresses.filter((address) => address !== '127.0.0.1' && address !== '::1'),
      log: (line) => context.stdout(`${line}\n`),
      readFile: (file) => {
        const content = context.files.read(file)
        return content === undefined ? undefined : Buffer.from(content).toString('utf8')
      },
      configMap: options.configMap ?? DEFAULT_CONFIG_MAP,
    })
  } catch (error) {
    if (!(error instanceof CorefileError)) throw error
    context.stderr(`${error.message}\n`)
    informers.stop()
    context.exit(1)
    return { signal: () => undefined }
  }
  for (const port of server.ports) bindDns(context, server, port)
  for (const port of server.httpPorts) {
    serveHttp(context.network, port, ({ target }) => {
      const page = server.handleHttp(port, pathOf(target))
      return goResponse(context.engine.clock, page.status, page.body, page.contentType)
    })
  }
  const program = takesSignals(context, {
    SIGTERM: () => void context.engine.schedule(LAME_DUCK, 'coredns lameduck', () => context.exit(0)),
    SIGINT: 0,
  })
  return {
    signal: (signal) => program.signal(signal),
    stop: () => {
      server.stop()
      informers.stop()
    },
  }
}

function bindDns(context: ContainerContext, server: DnsServer, port: number): void {
  const udp = context.network.bindUdp(port)
  udp.onMessage = (data, from) => {
    const reply = server.handleUdp(data, from, port)
    if (!(reply instanceof Promise)) {
      if (reply !== undefined) udp.send(reply, from)
      return
    }
    context.engine.touchAsync()
    void reply.then((bytes) => (bytes === undefined ? undefined : udp.send(bytes, from)))
  }
  context.network.listenTcp(port, (socket) => serveStream(context, server, socket, port))
}

function serveStream(context: ContainerContext, server: DnsServer, socket: TcpSocket, port: number): void {
  const reader = createMessageReader()
  socket.onData = (data) => {
    for (const message of reader.push(data)) {
      const reply = server.handleTcp(message, socket.remote, port)
      if (reply instanceof Promise) {
        context.engine.touchAsync()
        void reply.then((bytes) => (bytes === undefined ? undefined : socket.write(frameMessage(bytes))))
      } else if (reply !== undefined) socket.write(frameMessage(reply))
    }
  }
  socket.onEnd = () => socket.end()
}
