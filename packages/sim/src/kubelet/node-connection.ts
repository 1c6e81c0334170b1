// What the API server asks of kubelets on behalf of kubectl: exec, attach, logs and port-forward, for all nodes of a cluster.

import type {
  ByteStream,
  ExecOutput,
  ExecRequest,
  ExecSession,
  LogRequest,
  NodeConnection,
  Pod,
} from '@podwire/apiserver'
import { formatLine, type LogBuffer, openExec, refusedSession } from '../container/index.ts'
import { SocketError } from '../fabric/network.ts'
import type { ContainerSlot } from './container-slot.ts'
import type { Kubelet } from './kubelet.ts'
import type { PodWorker } from './pod-worker.ts'

/** @param kubelets by node name */
export function createNodeConnection(kubelets: (nodeName: string) => Kubelet | undefined): NodeConnection {
  const workerOf = (pod: Pod): PodWorker | undefined => {
    const worker = kubelets(pod.spec.nodeName ?? '')?.pod(pod.metadata.namespace ?? '', pod.metadata.name)
    return worker !== undefined && worker.pod.metadata.uid === pod.metadata.uid ? worker : undefined
  }
  const slotOf = (pod: Pod, container: string): ContainerSlot | undefined =>
    workerOf(pod)?.slot(container === '' ? (pod.spec.containers[0]?.name ?? '') : container)
  return {
    exec: (pod, request, output) => exec(slotOf(pod, request.container), pod, request, output),
    attach: (pod, request, output) => attach(slotOf(pod, request.container), pod, request, output),
    logs: (pod, request, onText, onEnd) => logs(slotOf(pod, request.container), request, onText, onEnd),
    portForward: (pod, port, receive) => portForward(workerOf(pod), port, receive),
  }
}

function notRunning(pod: Pod, container: string): ExecSession {
  return refusedSession(
    `container not found ("${container === '' ? (pod.spec.containers[0]?.name ?? '') : container}")`,
  )
}

function exec(slot: ContainerSlot | undefined, pod: Pod, request: ExecRequest, output: ExecOutput): ExecSession {
  if (slot?.running === undefined || slot.unseenExit !== undefined) return notRunning(pod, request.container)
  return openExec(slot.running, request, output)
}

/** Attach shows what the main program writes from now on; its standard input is not connected. */
function attach(
  slot: ContainerSlot | undefined,
  pod: Pod,
  request: Omit<ExecRequest, 'command'>,
  output: ExecOutput,
): ExecSession {
  const log = slot?.log
  if (slot?.running === undefined || log === undefined) return notRunning(pod, request.container)
  if (request.stdin) return refusedSession('podwire does not connect standard input of a running container (attach -i)')
  const { engine } = slot.running
  const ended = engine.deferred<{ readonly exitCode: number }>()
  const { running } = slot
  const follower = log.follow(
    (line) => output.stdout(Buffer.from(`${line.text}\n`, 'utf8')),
    () => ended.resolve({ exitCode: running.exitCode ?? 0 }),
  )
  const nothing = (): void => undefined
  return { write: nothing, closeStdin: nothing, resize: nothing, abort: () => follower.stop(), result: ended.promise }
}

function logs(
  slot: ContainerSlot | undefined,
  request: LogRequest,
  onText: (text: Uint8Array) => void,
  onEnd: () => void,
): { stop(): void } {
  const log: LogBuffer | undefined = request.previous ? slot?.previousLog : slot?.log
  const text = log?.read(request) ?? ''
  if (text !== '') onText(Buffer.from(text, 'utf8'))
  if (log === undefined || !request.follow || log.ended) {
    onEnd()
    return { stop: () => undefined }
  }
  return log.follow((line) => onText(Buffer.from(formatLine(line, request.timestamps), 'utf8')), onEnd)
}

async function portForward(
  worker: PodWorker | undefined,
  port: number,
  receive: { data(bytes: Uint8Array): void; end(): void; error(message: string): void },
): Promise<ByteStream> {
  const sandbox = worker?.sandbox
  if (worker === undefined || sandbox === undefined) throw refused(port, 'the pod is not running')
  try {
    // As the runtime does it: from inside the pod's own namespace, to localhost.
    const socket = await sandbox.network.connectTcp({ address: '127.0.0.1', port })
    socket.onData = (data) => receive.data(data)
    socket.onEnd = () => receive.end()
    socket.onError = (error) => receive.error(error.code)
    return { write: (data) => socket.write(data), end: () => socket.end(), destroy: () => socket.destroy() }
  } catch (error) {
    if (!(error instanceof SocketError)) throw error
    throw refused(port, 'connect: connection refused')
  }
}

/** The CRI's message, which the API server passes on. */
function refused(port: number, why: string): PortForwardError {
  return new PortForwardError(
    `failed to connect to localhost:${port} inside namespace, IPv4: dial tcp4 127.0.0.1:${port}: ${why}`,
  )
}

class PortForwardError extends Error {
  override readonly name = 'PortForwardError'
}
