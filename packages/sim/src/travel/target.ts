// Who an input was given to, said so that the same can be found in another run: by the way one gets there from the cluster
// (`cluster.pod('web').container('app')`), or as the result of an earlier input (a load that was started).

import { shown } from '../arguments/shape.ts'
import { invariant, PodwireError } from '@podwire/engine'

export type Target =
  | { readonly by: 'cluster' }
  | { readonly by: 'property'; readonly of: Target; readonly name: string }
  | { readonly by: 'call'; readonly of: Target; readonly name: string; readonly args: readonly unknown[] }
  | { readonly by: 'result'; readonly input: number }

export const CLUSTER: Target = { by: 'cluster' }

/** What there is in one run to find targets in. */
export interface Whereabouts {
  readonly cluster: object
  /** What inputs gave, by their number. */
  readonly results: ReadonlyMap<number, object>
}

/** @throws PodwireError when it does not exist in this run */
export function findTarget(target: Target, run: Whereabouts): object {
  switch (target.by) {
    case 'cluster':
      return run.cluster
    case 'property':
      return asObject(Reflect.get(findTarget(target.of, run), target.name))
    case 'call': {
      const owner = findTarget(target.of, run)
      return asObject(Reflect.apply(functionOf(owner, target.name), owner, target.args))
    }
    case 'result': {
      const found = run.results.get(target.input)
      if (found !== undefined) return found
      throw new PodwireError(
        'use what an earlier call gave',
        'that call is not part of this run any more',
        'Call again after rewind().',
      )
    }
  }
}

/** As one would write it: `cluster.pod("web")`. */
export function describeTarget(target: Target): string {
  switch (target.by) {
    case 'cluster':
      return 'cluster'
    case 'property':
      return `${describeTarget(target.of)}.${target.name}`
    case 'call':
      return `${describeTarget(target.of)}.${target.name}(${target.args.map((one) => shown(one)).join(', ')})`
    case 'result':
      return `the result of input ${target.input}`
  }
}

export function functionOf(owner: object, name: string): (...args: unknown[]) => unknown {
  const found: unknown = Reflect.get(owner, name, owner)
  invariant(typeof found === 'function', `${name} can be called`)
  return found as (...args: unknown[]) => unknown
}

function asObject(value: unknown): object {
  invariant(typeof value === 'object' && value !== null, 'a target is an object')
  return value
}
