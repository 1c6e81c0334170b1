// One attempt of a probe or lifecycle handler, through the simulated network or in the container. Messages are those of the
// kubelet. Source: kubernetes pkg/probe/{http,tcp,exec,grpc}. HTTPS probes, and gRPC ones of images that declare no health service, are refused by name.

import type { Container, Probe } from '@podwire/apiserver'
import { formatDuration, SECOND, type Engine, type Microseconds } from '@podwire/engine'
import type { HealthAnswer } from '../../images/image.ts'
import { SocketError, type NetworkNamespace } from '../../fabric/network.ts'
import { HttpError, sendHttp } from '../../http/index.ts'
import { headerValue, type HeaderList, type HttpResponse } from '../../http/message.ts'

export interface ProbeOutcome {
  readonly success: boolean
  /** Why it failed: what follows `Readiness probe failed: `. */
  readonly message: string
  /** Counted as success, but worth a ProbeWarning event. */
  readonly warning?: string
}

export interface ProbeTarget {
  readonly engine: Engine
  /** Where the kubelet's connections come from: the node. */
  readonly network: NetworkNamespace
  readonly podIP: string
  readonly container: Container
  /** `1.36`, for the User-Agent */
  readonly version: string
  /** What the program's gRPC health service says; undefined: it declares none. */
  readonly grpcHealth: (port: number, service: string) => HealthAnswer | undefined
  /** Runs a command in the container; undefined: it took longer than the timeout. */
  readonly exec: (command: readonly string[], timeoutUs: Microseconds) => Promise<ExecOutcome | undefined>
}

interface ExecOutcome {
  readonly exitCode: number
  readonly output: string
}

const PASSED: ProbeOutcome = { success: true, message: '' }
const failed = (message: string): ProbeOutcome => ({ success: false, message })
const MAX_OUTPUT = 10 * 1024

export function runProbe(probe: Probe, target: ProbeTarget): Promise<ProbeOutcome> {
  const timeoutUs = (probe.timeoutSeconds ?? 1) * SECOND
  if (probe.httpGet !== undefined) return probeHttp(probe.httpGet, target, timeoutUs)
  if (probe.tcpSocket !== undefined) return probeTcp(probe.tcpSocket, target, timeoutUs)
  if (probe.exec !== undefined) return probeExec(probe.exec.command ?? [], target, timeoutUs)
  if (probe.grpc !== undefined) return probeGrpc(probe.grpc, target, timeoutUs)
  return Promise.resolve(PASSED)
}

/** A port by number, or by the name of a container port. */
function resolvePort(port: number | string, container: Container): number | undefined {
  if (typeof port === 'number') return port
  const named = (container.ports ?? []).find((one) => one.name === port)
  if (named !== undefined) return named.containerPort
  return /^\d+$/.test(port) ? Number(port) : undefined
}

type HttpGet = NonNullable<Probe['httpGet']>

async function probeHttp(get: HttpGet, target: ProbeTarget, timeoutUs: Microseconds): Promise<ProbeOutcome> {
  const port = resolvePort(get.port, target.container)
  if (port === undefined) return failed(`couldn't find port: ${JSON.stringify(get.port)}`)
  const scheme = (get.scheme ?? 'HTTP').toLowerCase()
  if (scheme === 'https') return failed('podwire does not simulate HTTPS probes')
  const address = get.host === undefined || get.host === '' ? target.podIP : get.host
  const path = get.path === undefined || get.path === '' ? '/' : get.path
  const url = `${scheme}://${address}:${port}${path.startsWith('/') ? '' : '/'}${path}`
  const given: HeaderList = (get.httpHeaders ?? []).map(({ name, value }) => [name, value] as const)
  const defaults: HeaderList = [
    ['User-Agent', `kube-probe/${target.version}`],
    ['Accept', '*/*'],
    ['Connection', 'close'],
  ]
  const headers = [...defaults.filter(([name]) => headerValue(given, name) === undefined), ...given].filter(
    ([name, value]) => name.toLowerCase() !== 'host' && !(name.toLowerCase() === 'accept' && value === ''),
  )
  const host = headerValue(given, 'host') ?? `${address}:${port}`
  try {
    const response = await sendHttp(target.network, {
      address,
      port,
      host,
      target: new URL(url).pathname + new URL(url).search,
      headers,
      timeoutUs,
    })
    return httpVerdict(response)
  } catch (error) {
    if (error instanceof HttpError) return failed(`Get "${url}": EOF`)
    if (!(error instanceof SocketError)) throw error
    return failed(`Get "${url}": ${goDialError(error, address, port, 'http')}`)
  }
}

function httpVerdict(response: HttpResponse): ProbeOutcome {
  if (response.status >= 200 && response.status < 300) return PASSED
  if (response.status >= 300 && response.status < 400) {
    const body = Buffer.from(response.body).toString('utf8').slice(0, MAX_OUTPUT)
    return { success: true, message: '', warning: `Probe terminated redirects, Response body: ${body}` }
  }
  return failed(`HTTP probe failed with statuscode: ${response.status}`)
}

/** How Go's net package words a failed connection. */
function goDialError(error: SocketError, address: string, port: number, by: 'http' | 'tcp'): string {
  const dial = `dial tcp ${address}:${port}: `
  switch (error.code) {
    case 'ECONNREFUSED':
      return `${dial}connect: connection refused`
    case 'EHOSTUNREACH':
      return `${dial}connect: no route to host`
    case 'ENETUNREACH':
      return `${dial}connect: network is unreachable`
    case 'ECONNRESET':
      return by === 'http' ? 'EOF' : `${dial}read: connection reset by peer`
    default:
      return by === 'http'
        ? 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
        : `${dial}i/o timeout`
  }
}

type TcpCheck = NonNullable<Probe['tcpSocket']>

async function probeTcp(check: TcpCheck, target: ProbeTarget, timeoutUs: Microseconds): Promise<ProbeOutcome> {
  const port = resolvePort(check.port, target.container)
  if (port === undefined) return failed(`couldn't find port: ${JSON.stringify(check.port)}`)
  const address = check.host === undefined || check.host === '' ? target.podIP : check.host
  try {
    const socket = await target.network.connectTcp({ address, port, timeoutUs })
    socket.destroy()
    return PASSED
  } catch (error) {
    if (!(error instanceof SocketError)) throw error
    return failed(goDialError(error, address, port, 'tcp'))
  }
}

async function probeExec(
  command: readonly string[],
  target: ProbeTarget,
  timeoutUs: Microseconds,
): Promise<ProbeOutcome> {
  const result = await target.exec(command, timeoutUs)
  if (result === undefined) {
    return failed(`command timed out: "${command.join(' ')}" timed out after ${formatDuration(timeoutUs)}`)
  }
  return result.exitCode === 0 ? PASSED : failed(result.output.slice(0, MAX_OUTPUT))
}

type GrpcCheck = NonNullable<Probe['grpc']>

/** The connection is made on the network, the question is asked of the program itself. */
async function probeGrpc(check: GrpcCheck, target: ProbeTarget, timeoutUs: Microseconds): Promise<ProbeOutcome> {
  const { port, service = '' } = check
  const address = target.podIP
  try {
    const socket = await target.network.connectTcp({ address, port, timeoutUs })
    socket.destroy()
  } catch (error) {
    if (!(error instanceof SocketError)) throw error
    const within = `within ${formatDuration(timeoutUs)}`
    return failed(`timeout: failed to connect service "${address}:${port}" ${within}: context deadline exceeded`)
  }
  const answer = target.grpcHealth(port, service)
  if (answer === undefined)
    return failed(`podwire does not simulate gRPC: nothing on port ${port} declares a health service`)
  if (answer === 'SERVICE_UNKNOWN')
    return failed('error: health rpc failed: rpc error: code = NotFound desc = unknown service')
  return answer === 'SERVING' ? PASSED : failed(`service unhealthy (responded with "${answer}")`)
}
