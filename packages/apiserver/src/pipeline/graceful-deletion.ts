// Grace: how long an object may go on after its DELETE. Only pods have it. Source: apiserver registry/rest/delete.go
// (BeforeDelete), kubernetes registry/core/pod/strategy.go (CheckGracefulDelete).

import type { Pod } from '../objects/index.ts'
import type { KubeObject, ObjectMeta } from '../objects/kube-object.ts'

/** `none`: the kind has no grace, or all of it is over. `pending`: deleting already, and not to be hurried by this. */
export type Grace = 'none' | 'pending' | { readonly seconds: number; readonly metadata: ObjectMeta }

export function graceOf(object: KubeObject, requested: number | undefined, nowMs: number): Grace {
  if (!isPod(object)) return 'none'
  const asked = requested !== undefined && requested < 0 ? 1 : requested
  if (object.metadata.deletionTimestamp !== undefined) return shortened(object.metadata, asked, nowMs)
  const seconds = secondsOf(object, asked)
  const { generation = 0 } = object.metadata
  return {
    seconds,
    metadata: {
      ...object.metadata,
      deletionTimestamp: timestamp(nowMs + seconds * 1000),
      deletionGracePeriodSeconds: seconds,
      ...(generation > 0 ? { generation: generation + 1 } : {}),
    },
  }
}

function isPod(object: KubeObject): object is Pod {
  return object.kind === 'Pod' && object.apiVersion === 'v1'
}

/** A pod that waits for a node or has ended needs no time. */
function secondsOf({ spec, status }: Pod, asked: number | undefined): number {
  const { phase } = status ?? {}
  if ((spec.nodeName ?? '') === '' || phase === 'Succeeded' || phase === 'Failed') return 0
  const seconds = asked ?? spec.terminationGracePeriodSeconds ?? 0
  return seconds < 0 ? 1 : seconds
}

/** A later DELETE may only shorten the time that is left. */
function shortened(metadata: ObjectMeta, asked: number | undefined, nowMs: number): Grace {
  const given = metadata.deletionGracePeriodSeconds ?? 0
  if (given === 0) return 'none'
  if (asked === undefined || asked >= given) return 'pending'
  const deadlineMs = Date.parse(metadata.deletionTimestamp ?? '') + (asked - given) * 1000
  const late = deadlineMs < nowMs
  const seconds = late && asked !== 0 ? 1 : asked
  return {
    seconds,
    metadata: {
      ...metadata,
      deletionTimestamp: timestamp(late ? nowMs : deadlineMs),
      deletionGracePeriodSeconds: seconds,
    },
  }
}

function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}
