// The arguments of a fault as a scenario writes them, looked at before anything runs, each by what the table of faults calls it.

import { didYouMean } from '../arguments/did-you-mean.ts'
import { podKeyOf } from '../faults/container-target.ts'
import { faultWords } from '../faults/named-fault.ts'
import { API_SERVER } from '../faults/place-set.ts'
import { isOneKubeProxy, NOT_ONE_DELAYED } from '../faults/watch-cut.ts'
import { isDuration, isNothing } from './duration-words.ts'
import type { KnownWorld } from './known-world.ts'
import { nodeProblem } from './place-words.ts'

/** @param args as many as the fault takes */
export function faultArgumentProblems(kind: string, args: readonly string[], world: KnownWorld): readonly string[] {
  const words = faultWords(kind)
  const problems = args.map((arg, index) => argumentProblem(kind, words[index] ?? '', arg, world))
  const [from = '', to = ''] = args.filter((_, index) => words[index] === 'PLACES')
  return [...problems, sidesProblem(from, to)].filter((one) => one !== undefined)
}

function argumentProblem(kind: string, word: string, arg: string, world: KnownWorld): string | undefined {
  switch (word) {
    case 'NODE':
      return nodeProblem(arg.replace(/^node\//, ''), world)
    case 'PLACES':
      return arg
        .split(',')
        .map((place) => setPlaceProblem(place, world))
        .find((one) => one !== undefined)
    case 'RATE':
      return Number(arg) > 0 && Number(arg) <= 1
        ? undefined
        : `the rate is ${arg}: write a number above 0 and up to 1, like 0.1 for every tenth packet`
    case 'DURATION':
      if (!isDuration(arg)) return `${JSON.stringify(arg)} is no duration: write one like 30s, 1m30s or 250ms`
      return isNothing(arg) ? "the delay is nothing: write one like '100ms'" : undefined
    case 'COMPONENT':
      if (kind === 'watchDelay' && isOneKubeProxy(arg)) return NOT_ONE_DELAYED.join('. ')
      return componentProblem(arg, world)
    case 'POD':
      if (arg.includes('=')) return undefined
      return world.podProblem(podKeyOf(arg))
    default:
      return undefined
  }
}

function setPlaceProblem(place: string, world: KnownWorld): string | undefined {
  if (place === 'external' || place === API_SERVER || place === '*') return undefined
  if (place.includes('=')) return undefined
  if (place === '') return 'a place is missing beside a comma: write node-1,node-2'
  if (place.startsWith('node/')) return nodeProblem(place.slice('node/'.length), world)
  if (world.nodes.includes(place)) return undefined
  if (place.includes('/')) return world.podProblem(podKeyOf(place))
  const meant = didYouMean(place, [...world.nodes, 'external', API_SERVER])
  const problem = world.podProblem(podKeyOf(place))
  if (problem === undefined) return undefined
  return `there is no place ${place}: write a node (${world.nodes.slice(0, 5).join(', ')}), NAMESPACE/POD, external, ${API_SERVER} or *${
    meant === undefined ? '' : `; did you mean ${meant}?`
  }`
}

function sidesProblem(from: string, to: string): string | undefined {
  const second = to.split(',')
  const shared = from.split(',').find((place) => place !== '' && second.includes(place))
  if (shared === undefined) return undefined
  return shared === '*'
    ? 'both sides are *: name the places of one side'
    : `${shared} is on both sides: name it on one only`
}

function componentProblem(name: string, { components, nodes }: KnownWorld): string | undefined {
  if (components.some((one) => one === name || one.startsWith(`${name}/`))) return undefined
  const [kind, node] = name.split('/')
  if (kind === 'kube-proxy' && node !== undefined) return nodeProblem(node, { nodes })
  const meant = didYouMean(name, components)
  const kinds = [...new Set(components.map((one) => one.split('/')[0]))]
  return `no component is called ${name}: there are ${kinds.join(', ')}${meant === undefined ? '' : `; did you mean ${meant}?`}`
}
