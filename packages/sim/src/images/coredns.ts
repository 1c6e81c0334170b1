// registry.k8s.io/coredns/coredns: the DNS server of @podwire/dns, bound to its pod's sockets: 53 UDP and TCP, and the pages
// of health, ready and metrics. It reads the Corefile from the file named by -conf, so a mounted ConfigMap configures it; what
// it forwards goes out as packets to the servers of its pod's /etc/resolv.conf.

import type { InformerFactory } from '@podwire/apiserver'
import { CorefileError, createDnsServer, kubeadmCorefile, type DnsServer } from '@podwire/dns'
import { formatDuration } from '@podwire/engine'
import { dnsExchange } from '../kubelet/dns-exchange.ts'
import { CoreDnsPorts } from './coredns-ports.ts'
import { flagValue } from './flags.ts'
import type { ContainerContext, Image, RunningProgram } from './image.ts'
import { configMapBehind } from './mounted-config-map.ts'

export interface CoreDnsImageOptions {
  /** A view of the cluster for one CoreDNS process; stopped with it. */
  readonly createInformers: (context: ContainerContext) => InformerFactory
  /** False while the process cannot list from the API server: its names are SERVFAIL. Default true. */
  readonly synced?: () => boolean
  readonly clusterDomain: string
}

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
  const informers = options.createInformers(context)
  let server: DnsServer
  try {
    server = createServer(context, options, informers, () => ports.sync())
  } catch (error) {
    if (!(error instanceof CorefileError)) throw error
    context.stderr(`${error.text}\n`)
    informers.stop()
    context.exit(1)
    return { signal: () => undefined }
  }
  const ports = new CoreDnsPorts(context, server)
  ports.sync()
  server.started()
  return {
    signal: (signal) => {
      if (signal === 'SIGINT') {
        context.stdout('[INFO] SIGINT: Shutting down\n')
        context.exit(0)
      } else if (signal === 'SIGTERM') shutDown(context, server)
    },
    stop: () => {
      server.stop()
      informers.stop()
    },
  }
}

/** `health`'s lameduck: it goes on serving while endpoints forget it. */
function shutDown(context: ContainerContext, server: DnsServer): void {
  context.stdout('[INFO] SIGTERM: Shutting down servers then terminating\n')
  if (server.lameDuckUs === 0) {
    context.exit(0)
    return
  }
  context.stdout(`[INFO] plugin/health: Going into lameduck mode for ${formatDuration(server.lameDuckUs)}\n`)
  context.engine.schedule(server.lameDuckUs, 'coredns lameduck', () => context.exit(0))
}

function createServer(
  context: ContainerContext,
  options: CoreDnsImageOptions,
  informers: InformerFactory,
  onReload: () => void,
): DnsServer {
  const path = flagValue(context.command, 'conf') ?? '/etc/coredns/Corefile'
  const readFile = (file: string): string | undefined => {
    const content = context.files.read(file)
    return content === undefined ? undefined : Buffer.from(content).toString('utf8')
  }
  const configMap = configMapBehind(context.pod, context.containerName, path)
  return createDnsServer({
    engine: context.network.engine,
    random: context.random,
    corefile: readFile(path) ?? kubeadmCorefile(options.clusterDomain),
    informers,
    name: context.network.name,
    localAddresses: () => context.network.addresses.filter((address) => address !== '127.0.0.1' && address !== '::1'),
    exchange: dnsExchange(context.network.engine, context.network),
    log: (line) => context.stdout(`${line}\n`),
    onFatal: () => context.exit(1),
    onReload,
    readFile,
    ...(options.synced === undefined ? {} : { synced: options.synced }),
    ...(configMap === undefined ? {} : { configMap }),
  })
}
