// What the API server asks of kubelets on behalf of kubectl: exec, attach, logs and port-forward, for all nodes of a cluster.

import {
  type ByteStream,
  type ExecOutput,
  type ExecRequest,
  type ExecSession,
  KubeletRefusal,
  type LogRequest,
  type NodeConnection,
  type Pod,
  StatusError,
} from '@podwire/apiserver'
import { openExec, type RunningContainer } from '../container/index.ts'
import { SocketError, type NetworkNamespace } from '../fabric/network.ts'
import { sendBackendRequest } from '../http/go-transport.ts'
import { hexOf } from '../images/image-name.ts'
import { containerLog } from './container-logs.ts'
import type { ContainerSlot } from './container-slot.ts'
import { API_SERVER_CERTIFICATE } from './kubelet-server.ts'
import type { Kubelet } from './kubelet.ts'
import type { PodWorker } from './pod-worker.ts'

/**
 * @param kubelets by node name
 * @param network where the API server runs
 */
export function createNodeConnection(
  kubelets: (nodeName: string) => Kubelet | undefined,
  network: () => NetworkNamespace,
): NodeConnection {
  const workerOf = (pod: Pod): PodWorker | undefined => {
    const worker = kubelets(pod.spec.nodeName ?? '')?.pod(pod.metadata.namespace ?? '', pod.metadata.name)
    return worker !== undefined && worker.pod.metadata.uid === pod.metadata.uid ? worker : undefined
  }
  /** The API server cannot reach a kubelet whose node is down. */
  const assertAnswers = (pod: Pod, what: string): void => {
    const nodeName = pod.spec.nodeName ?? ''
    if (nodeName === '' || kubelets(nodeName) !== undefined) return
    const why = `dial tcp ${pod.status?.hostIP ?? nodeName}:10250: connect: no route to host`
    throw new StatusError(500, '', `${what}: ${why}`)
  }
  const slotOf = (pod: Pod, container: string): ContainerSlot | undefined =>
    workerOf(pod)?.slot(container === '' ? (pod.spec.containers[0]?.name ?? '') : container)
  return {
    commandRefusal: (pod, container) => {
      assertAnswers(pod, 'error dialing backend')
      if (workerOf(pod) === undefined) return new KubeletRefusal(404, 'pod does not exist')
      return runningOf(slotOf(pod, container)) === undefined ? notFound(container) : undefined
    },
    exec: (pod, request, output) => {
      assertAnswers(pod, 'error dialing backend')
      return exec(slotOf(pod, request.container), request, output)
    },
    attach: (pod, request, output) => {
      assertAnswers(pod, 'error dialing backend')
      return attach(slotOf(pod, request.container), request, output)
    },
    logs: (pod, request, onText, onEnd) => {
      const path = `containerLogs/${pod.metadata.namespace ?? ''}/${pod.metadata.name}/${request.container}`
      assertAnswers(pod, `Get "https://${pod.status?.hostIP ?? ''}:10250/${path}"`)
      return logs(workerOf(pod), pod, request, onText, onEnd)
    },
    portForward: async (pod, port, receive) => {
      assertAnswers(pod, 'error dialing backend')
      return portForward(workerOf(pod), port, receive)
    },
    sendRequest: (backend, request, response) =>
      sendBackendRequest(network(), backend, request, response, { certificate: API_SERVER_CERTIFICATE }),
  }
}

function notFound(container: string): KubeletRefusal {
  return new KubeletRefusal(500, `container not found (${JSON.stringify(container)})`)
}

function runningOf(slot: ContainerSlot | undefined): RunningContainer | undefined {
  return slot?.unseenExit === undefined ? slot?.running : undefined
}

function exec(slot: ContainerSlot | undefined, request: ExecRequest, output: ExecOutput): ExecSession {
  const running = runningOf(slot)
  if (running === undefined) throw notFound(request.container)
  return openExec(running, request, output)
}

function attach(
  slot: ContainerSlot | undefined,
  request: Omit<ExecRequest, 'command'>,
  output: ExecOutput,
): ExecSession {
  const running = runningOf(slot)
  if (running === undefined) throw notFound(request.container)
  return running.attachment.open(request.stdin, output)
}

function logs(
  worker: PodWorker | undefined,
  pod: Pod,
  request: LogRequest,
  onText: (text: Uint8Array) => void,
  onEnd: () => void,
): { stop(): void } {
  const { container, previous, timestamps } = request
  if (worker === undefined) throw new KubeletRefusal(404, `pod ${JSON.stringify(pod.metadata.name)} does not exist`)
  const log = containerLog(worker.slot(container), pod, container, previous)
  let left = request.limitBytes ?? Infinity
  const send = (bytes: Buffer): void => {
    if (bytes.length > 0 && left > 0) onText(bytes.subarray(0, Math.min(left, bytes.length)))
    left -= bytes.length
  }
  if (log !== undefined) send(log.readBytes(request))
  if (log === undefined || !request.follow || log.ended || left <= 0) {
    onEnd()
    return { stop: () => undefined }
  }
  const following = log.follow((line) => {
    send(Buffer.from(log.format(line, timestamps), 'utf8'))
    if (left > 0) return
    following.stop()
    onEnd()
  }, onEnd)
  return following
}

async function portForward(
  worker: PodWorker | undefined,
  port: number,
  receive: { data(bytes: Uint8Array): void; end(): void; error(message: string): void },
): Promise<ByteStream> {
  const sandbox = worker?.sandbox
  if (worker === undefined || sandbox === undefined)
    throw new PortForwardError(`error forwarding port ${port}: the pod is not running`)
  try {
    // As the runtime does it: from inside the pod's own namespace, to localhost.
    const socket = await sandbox.network.connectTcp({ address: '127.0.0.1', port })
    socket.onData = (data) => receive.data(data)
    socket.onEnd = () => receive.end()
    socket.onError = (error) => receive.error(error.code)
    return { write: (data) => socket.write(data), end: () => socket.end(), destroy: () => socket.destroy() }
  } catch (error) {
    if (!(error instanceof SocketError)) throw error
    throw refused(worker.pod, port, 'connect: connection refused')
  }
}

/** As containerd words it; the API server passes it on. */
function refused(pod: Pod, port: number, why: string): PortForwardError {
  const { uid } = pod.metadata
  const sandbox = hexOf(`sandbox/${uid}`, 64)
  return new PortForwardError(
    `error forwarding port ${port} to pod ${sandbox}, uid : failed to execute portforward in network namespace ` +
      `"/var/run/netns/cni-${uid}": failed to connect to localhost:${port} inside namespace "${sandbox}", ` +
      `IPv4: dial tcp4 127.0.0.1:${port}: ${why} IPv6 dial tcp6: address localhost: no suitable address `,
  )
}

class PortForwardError extends Error {
  override readonly name = 'PortForwardError'
}
