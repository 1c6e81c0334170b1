// What a pod requests and limits as a whole: its containers together, or its greediest init container beside the sidecars that
// run by then, plus overhead; resources of the pod itself count instead. Source: component-helpers resource/helpers.go.

import type { Container, PodSpec } from '../objects/index.ts'
import { addLists, maxLists, readList, type Resources } from './resource-list.ts'

type Which = 'requests' | 'limits'

const NOTHING: Resources = new Map()

function ofContainer({ resources }: Container, which: Which): Resources {
  return readList(resources?.[which])
}

export function podResources(spec: PodSpec, which: Which): Resources {
  const running = spec.containers.reduce((sum, one) => addLists(sum, ofContainer(one, which)), NOTHING)
  let sidecars = NOTHING
  let starting = NOTHING
  for (const one of spec.initContainers ?? []) {
    const needs = ofContainer(one, which)
    if (one.restartPolicy === 'Always') sidecars = addLists(sidecars, needs)
    starting = maxLists(starting, one.restartPolicy === 'Always' ? sidecars : addLists(sidecars, needs))
  }
  const ofContainers = maxLists(addLists(running, sidecars), starting)
  const whole = new Map([...ofContainers, ...readList(spec.resources?.[which])])
  const overhead = readList(spec.overhead)
  if (which === 'requests') return addLists(whole, overhead)
  // Overhead raises a limit; it makes none.
  return addLists(whole, new Map([...overhead].filter(([name]) => whole.has(name))))
}
