// Places as scenarios write them, looked at before anything runs: `external`, `node/NAME`, `NAMESPACE/POD`, a pod of default by its
// name alone, `NAMESPACE/key=value`.

import { didYouMean } from '../arguments/did-you-mean.ts'
import { podKeyOf } from '../faults/container-target.ts'
import type { KnownWorld } from './known-world.ts'

/** @param anyPod pods need not be known: the place is used later. @returns what is wrong, and what to write */
export function placeProblem(place: string, world: KnownWorld, anyPod = false): string | undefined {
  if (place === 'external' || place.includes('=') || place.includes('${')) return undefined
  const node = /^node\/(.*)$/.exec(place)?.[1]
  if (node !== undefined) return nodeProblem(node, world)
  const pod = place.replace(/^pod\/(?=[^/]+\/)/, '')
  const singular = /^nodes\/(.*)$/.exec(place)?.[1]
  if (singular !== undefined) return `this is no place; did you mean node/${singular}?`
  if (!/^[^/]+(\/[^/]+)?$/.test(pod)) return 'this is no place: write external, node/NAME, or NAMESPACE/POD'
  if (anyPod) return undefined
  const problem = world.podProblem(podKeyOf(pod))
  if (problem === undefined || pod.includes('/') || didYouMean(pod, ['external']) === undefined) return problem
  return `${problem.replace(/;.*$/, '')}; did you mean external?`
}

export function nodeProblem(name: string, { nodes }: Pick<KnownWorld, 'nodes'>): string | undefined {
  if (nodes.includes(name)) return undefined
  const meant = didYouMean(name, nodes)
  const more = meant === undefined ? '' : `; did you mean ${meant}?`
  return `there is no node ${JSON.stringify(name)}: there are ${nodes.slice(0, 8).join(', ')}${nodes.length > 8 ? ' …' : ''}${more}`
}
