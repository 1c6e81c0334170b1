// Puts a container together at the moment it starts: environment, command line, files, log.

import { invariant } from '@podwire/engine'
import { commandLine, ContainerFiles, type FileSource, LogBuffer, RunningContainer } from '../container/index.ts'
import { hexOf } from '../images/image-name.ts'
import type { Image } from '../images/image.ts'
import { containerEnvironment, nextRestartCount } from '../pod/index.ts'
import type { ContainerSlot } from './container-slot.ts'
import type { PodWorker } from './pod-worker.ts'

export type BuiltContainer =
  | { readonly container: RunningContainer; readonly containerID: string }
  /** Message of CreateContainerConfigError. */
  | { readonly error: string }

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

export function buildContainer(worker: PodWorker, slot: ContainerSlot, image: Image): BuiltContainer {
  const { runtime, pod, sandbox } = worker
  invariant(sandbox !== undefined, 'a container starts in a sandbox')
  const { spec } = slot.record
  const { namespace = 'default', name, uid } = pod.metadata
  const services = runtime.services.snapshot(namespace, pod.spec.enableServiceLinks ?? true)
  const result = containerEnvironment({
    pod,
    container: spec,
    services,
    config: runtime.config,
    addresses: { hostIP: runtime.hostIP, podIPs: sandbox.podIPs },
    allocatable: runtime.allocatable,
  })
  if ('error' in result) return result
  const { declared } = result
  const own = new Map([['PATH', PATH], ['HOSTNAME', sandbox.name.hostname], ...(image.environment ?? [])])
  const run = nextRestartCount(slot.record)
  const identity = `${uid}/${slot.name}/${run}`
  const container: RunningContainer = new RunningContainer({
    engine: runtime.engine,
    createRandom: () => runtime.engine.random.fork(`container/${namespace}/${name}/${identity}`),
    network: sandbox.network,
    resolver: sandbox.resolver(image.libc),
    pod,
    name: slot.name,
    image,
    standardInput: spec,
    commandLine: commandLine(spec, image, (variable) => declared.get(variable) ?? services.get(variable)),
    hostname: sandbox.name.hostname,
    createEnvironment: () => new Map([...own, ...services, ...declared]),
    workingDirectory: spec.workingDir ?? image.workingDirectory ?? '/',
    files: new ContainerFiles({
      image,
      managed: () => withLiveFiles(sandbox.managedFiles, container.liveFiles),
      mounts: () => worker.volumes.mounts(spec, declared),
      now: () => runtime.engine.clock.wallTimeMs(),
    }),
    log: new LogBuffer(runtime.engine.clock),
    bindTools: runtime.bindTools,
    onExit: (code) => {
      slot.unseenExit = { code, atUs: runtime.engine.clock.now() }
      worker.noticeSoon()
    },
  })
  return { container, containerID: `containerd://${hexOf(identity, 64)}` }
}

function withLiveFiles(
  managed: ReturnType<FileSource>,
  live: ReadonlyMap<string, () => string>,
): ReturnType<FileSource> {
  if (live.size === 0) return managed
  return new Map([...managed, ...[...live].map(([path, read]) => [path, read()] as const)])
}
