// How the tables of this folder ask: a pod with one thing in it, and what the server says of it.

import { StatusError } from '../../../status/status-error.ts'
import { create, testContext } from '../../strategy-run.suite.ts'
import { pod } from '../pod.ts'

/** A row: what it is about, what the pod says, and the errors, as `field: message`. */
export type Row = readonly [name: string, spec: object, errors: readonly string[]]

export const container = (fields: object): object => ({
  containers: [{ name: 'main', image: 'img:1', ...fields }],
})

export const init = (fields: object): object => ({ initContainers: [{ name: 'init', image: 'img:1', ...fields }] })

export const volume = (fields: object): object => ({ volumes: [{ name: 'v', ...fields }] })

const whole = (spec: object, metadata: object): object => ({
  metadata: { name: 'p', ...metadata },
  spec: { automountServiceAccountToken: false, ...container({}), ...spec },
})

export function causesOf(call: () => unknown): readonly string[] {
  try {
    call()
    return []
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    return (error.status.details?.causes ?? []).map(({ field, message }) => `${field ?? ''}: ${message ?? ''}`)
  }
}

/** What is wrong with a pod of this spec. */
export function errorsOf(spec: object, metadata: object = {}): readonly string[] {
  return causesOf(() => create(pod, whole(spec, metadata)))
}

/** What is said of a pod that is accepted. */
export function warningsOf(spec: object, metadata: object = {}): readonly string[] {
  const context = testContext()
  create(pod, whole(spec, metadata), context)
  return context.warnings
}
