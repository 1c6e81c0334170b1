// A fork that has not run yet knows what its snapshot says: the objects of the API server, the nodes' names, the time and the hash.
// Whatever needs the run itself is refused with what to do.

import { PodwireError, type Driver } from '@podwire/engine'
import { Cluster } from '../sdk/cluster.ts'
import type { Composition } from '../sdk/composition.ts'
import type { Snapshot } from './snapshot.ts'

/** The run is needed, and not there yet. */
export class NotYet extends PodwireError {
  override readonly name = 'NotYet'

  constructor() {
    super(
      'use a fork at once',
      'it has not run up to its moment yet, and this needs it to',
      'Await cluster.ready() first, or any call that moves time.',
    )
  }
}

const refuse: Driver = {
  enter: () => {
    throw new NotYet()
  },
  wait: () => {
    throw new NotYet()
  },
}

/** The cluster as far as it can be known without running it. */
export function pastCluster({ parts }: Snapshot): Cluster {
  const { moment, reader, nodeNames } = parts
  const known: Readonly<Record<string, unknown>> = {
    server: { client: readOnly(reader) },
    nodes: { names: nodeNames },
    engine: { bus: only({ hash: () => moment.hash }), clock: only({ now: () => moment.timeUs }) },
  }
  return new Cluster(only(known) as unknown as Composition, refuse)
}

/** What is known, and NotYet for the rest. */
function only(known: Readonly<Record<string, unknown>>): object {
  return new Proxy(known, {
    get(_shape, property) {
      const part = known[String(property)]
      if (part === undefined) throw new NotYet()
      return part
    },
  })
}

function readOnly(reader: Snapshot['client']): object {
  return new Proxy(reader, {
    get(target, property) {
      const value: unknown =
        property === 'find' || property === 'get' || property === 'list' ? target[property] : undefined
      if (typeof value !== 'function') throw new NotYet()
      return value.bind(target) as unknown
    },
  })
}
