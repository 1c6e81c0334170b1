// What one attempt of a probe came to, and what a probe needs to know of its container. An error is not a failure: the prober
// could not ask, so the attempt does not count. Source: kubernetes pkg/probe (Result) and pkg/kubelet/prober/prober.go.

import type { Container } from '@podwire/apiserver'
import type { Engine, Microseconds } from '@podwire/engine'
import type { NetworkNamespace } from '../../fabric/network.ts'

export type ProbeOutcome =
  | { readonly kind: 'passed' }
  /** Counts as passed, and is worth a ProbeWarning event. */
  | { readonly kind: 'warned'; readonly message: string }
  /** What follows `Readiness probe failed: `. */
  | { readonly kind: 'failed'; readonly message: string }
  /** What follows `Readiness probe errored and resulted in unknown state: `. */
  | { readonly kind: 'errored'; readonly message: string }

/** Makes one attempt; `done` is called once. Callbacks, because a promise costs as much as the rest of a passing probe. */
export type Check = (done: (outcome: ProbeOutcome) => void) => void

export const PASSED: ProbeOutcome = { kind: 'passed' }
export const failed = (message: string): ProbeOutcome => ({ kind: 'failed', message })
export const errored = (message: string): ProbeOutcome => ({ kind: 'errored', message })

/** The end of a command: how it exited, or why the runtime could not start it; undefined: it took too long and was killed. */
export type ExecOutcome =
  { readonly exitCode: number; readonly output: string } | { readonly startError: string } | undefined

export interface ProbeTarget {
  readonly engine: Engine
  /** Where the kubelet's connections come from: the node. */
  readonly network: NetworkNamespace
  readonly podIP: () => string
  readonly container: Container
  /** `1.36`, for the User-Agent */
  readonly version: string
  readonly exec: (command: readonly string[], timeoutUs: Microseconds) => Promise<ExecOutcome>
}

/** A port by number, or by the name of a container port. Source: kubernetes pkg/probe/util.go. */
export function resolvePort(port: number | string, container: Container): number | { readonly error: string } {
  const named = (container.ports ?? []).find(({ name }) => name !== undefined && name === port)
  const number =
    typeof port === 'number' ? port : (named?.containerPort ?? (/^[+-]?\d+$/.test(port) ? Number(port) : NaN))
  if (Number.isNaN(number)) return { error: `strconv.Atoi: parsing ${JSON.stringify(port)}: invalid syntax` }
  return number > 0 && number < 65_536 ? number : { error: `invalid port number: ${number}` }
}
