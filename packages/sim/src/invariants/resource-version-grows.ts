// Every write has a higher resourceVersion than the one before, and the object carries it: what clients' watches rest on.

import { objectChanged } from '@podwire/apiserver'
import type { Invariant } from './invariant.ts'

export const resourceVersionGrows: Invariant = {
  name: 'resource-version-grows',
  watch({ engine }, changes) {
    let last = 0
    let wrong: string[] = []
    const watching = engine.bus.subscribe(objectChanged, ({ payload: { revision, key, object } }) => {
      if (revision <= last) wrong.push(`${key} was written with revision ${revision} after ${last}`)
      const { resourceVersion } = object.metadata
      if (resourceVersion !== String(revision))
        wrong.push(`${key} of revision ${revision} says ${resourceVersion ?? 'nothing'}`)
      last = revision
    })
    changes.keep(watching)
    return () => {
      const found = wrong
      wrong = []
      return found
    }
  },
}
