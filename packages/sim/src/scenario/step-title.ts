// What a step is called where its author gave it no title: its kind, and what it is about.

import type { Check } from '../check/check-schema.ts'
import type { Manifests, Step } from './scenario.ts'

export function stepTitle(step: Step): string {
  if (step.title !== undefined) return step.title
  if ('apply' in step) return `apply ${manifestsTitle(step.apply)}`
  if ('delete' in step) return `delete ${manifestsTitle(step.delete)}`
  if ('exec' in step) return `exec on ${step.on}: ${step.exec}`
  if ('expect' in step) return `expect ${checkTitle(step.expect)}`
  if ('advance' in step) return `advance ${step.advance}`
  if ('settle' in step) return 'settle'
  if ('load' in step) return `load ${step.load} from ${step.from}`
  if ('endLoad' in step) return `end the load ${step.endLoad}`
  if ('fault' in step) return `fault ${step.fault}${step.for === undefined ? '' : ` for ${step.for}`}`
  return `end the fault ${step.endFault}`
}

function manifestsTitle(manifests: Manifests): string {
  if (typeof manifests !== 'string') {
    const objects = Array.isArray(manifests) ? manifests : [manifests]
    return objects.map((object: Readonly<Record<string, unknown>>) => objectTitle(object)).join(', ')
  }
  return manifests.includes('\n') ? 'manifests' : manifests
}

function objectTitle({ kind, metadata }: Readonly<Record<string, unknown>>): string {
  const name = typeof metadata === 'object' && metadata !== null && 'name' in metadata ? metadata.name : ''
  return `${String(kind)} ${String(name)}`.trim()
}

function checkTitle(check: Check): string {
  if ('get' in check) return `${check.get}${check.labels === undefined ? '' : ` -l ${check.labels}`}`
  if ('fetch' in check) return `${check.fetch} from ${check.from}`
  if ('resolve' in check) return `${check.resolve} to resolve from ${check.from}`
  if ('run' in check) return `${check.run} on ${check.from}`
  return `endpoints of ${check.endpoints}`
}
