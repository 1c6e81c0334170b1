// grpc.health.v1: the service (Check and Watch), and asking it. Its two messages have one field each, which is all the protobuf here.
// Source: grpc/grpc-proto grpc/health/v1/health.proto, grpc-go health/server.go.

import type { Engine } from '@podwire/engine'
import type { NetworkNamespace } from '../fabric/network.ts'
import type { RequestFailure } from '../http/failure.ts'
import { callGrpc, type GrpcOutcome } from './client.ts'
import { type GrpcCall, type GrpcMethods, unary } from './server.ts'
import { GrpcError } from './status.ts'

const STATUSES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const
export type HealthStatus = (typeof STATUSES)[number]

const CHECK = '/grpc.health.v1.Health/Check'
const WATCH = '/grpc.health.v1.Health/Watch'

/** What a program says of its services; '' is the server as a whole. */
export class HealthService {
  readonly #engine: Pick<Engine, 'deferred'>
  readonly #statuses = new Map<string, HealthStatus>([['', 'SERVING']])
  #changed = new Set<() => void>()

  constructor(engine: Pick<Engine, 'deferred'>) {
    this.#engine = engine
  }

  set(service: string, status: HealthStatus): void {
    if (this.#statuses.get(service) === status) return
    this.#statuses.set(service, status)
    const waiting = this.#changed
    this.#changed = new Set()
    for (const wake of waiting) wake()
  }

  methods(): GrpcMethods {
    return {
      [CHECK]: unary((request) => {
        const status = this.#statuses.get(decodeRequest(request))
        if (status === undefined) throw new GrpcError('NOT_FOUND', 'unknown service')
        return encodeStatus(status)
      }),
      [WATCH]: async (call) => this.#watch(call),
    }
  }

  /** Tells the status now, and each other one as it comes. */
  async #watch(call: GrpcCall): Promise<void> {
    const request = await call.read()
    const service = decodeRequest(request ?? new Uint8Array())
    for (let told: HealthStatus | undefined; ;) {
      const change = this.#engine.deferred<void>()
      this.#changed.add(() => change.resolve())
      const status = this.#statuses.get(service) ?? 'SERVICE_UNKNOWN'
      if (status !== told) await call.write(encodeStatus(status))
      told = status
      await change.promise
    }
  }
}

/** Asks a health service; `onFailure`: nothing that speaks gRPC was there. */
export function checkHealth(
  network: NetworkNamespace,
  asked: {
    readonly address: string
    readonly port: number
    readonly service: string
    readonly userAgent: string
    readonly timeoutUs: number
  },
  onOutcome: (outcome: HealthStatus | Exclude<GrpcOutcome, { status: 'OK' }>) => void,
  onFailure: (error: RequestFailure) => void,
): void {
  const { address, port, service, userAgent, timeoutUs } = asked
  const request = {
    address,
    port,
    path: CHECK,
    message: encodeRequest(service),
    metadata: [['User-Agent', userAgent]] as const,
    timeoutUs,
  }
  callGrpc(
    network,
    request,
    (outcome) => onOutcome(outcome.status === 'OK' ? decodeStatus(outcome.message) : outcome),
    onFailure,
  )
}

const FIELD_1_TEXT = 0x0a
const FIELD_1_NUMBER = 0x08

/** Empty fields are left out. */
function encodeRequest(service: string): Uint8Array {
  if (service === '') return new Uint8Array()
  const text = Buffer.from(service, 'utf8')
  return Buffer.concat([Buffer.from([FIELD_1_TEXT, ...varint(text.length)]), text])
}

/** @throws GrpcError */
function decodeRequest(message: Uint8Array): string {
  if (message.length === 0) return ''
  if (message[0] !== FIELD_1_TEXT) throw malformed()
  let length = 0
  let at = 1
  for (let shift = 0; ; shift += 7) {
    const byte = message[at++]
    if (byte === undefined || shift > 28) throw malformed()
    length |= (byte & 0x7f) << shift
    if (byte < 0x80) break
  }
  if (at + length !== message.length) throw malformed()
  return Buffer.from(message.subarray(at)).toString('utf8')
}

const malformed = (): GrpcError => new GrpcError('INTERNAL', 'grpc: error unmarshalling request')

function encodeStatus(status: HealthStatus): Uint8Array {
  const number = STATUSES.indexOf(status)
  return number === 0 ? new Uint8Array() : Uint8Array.of(FIELD_1_NUMBER, number)
}

function decodeStatus(message: Uint8Array): HealthStatus {
  return message[0] === FIELD_1_NUMBER ? (STATUSES[message[1] ?? 0] ?? 'UNKNOWN') : 'UNKNOWN'
}

function varint(value: number): number[] {
  const bytes: number[] = []
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return [...bytes, rest]
    bytes.push((rest & 0x7f) | 0x80)
  }
}
