// Scale of the groups that had one before autoscaling/v1: the selector as a map and as text.
// Source: kubernetes apis/extensions/v1beta1 and apis/apps/v1beta1 conversion.go (ScaleStatus).

import type { KubeObject } from '../../objects/kube-object.ts'
import type { ScaleVersion } from '../resource.ts'
import { present, schemaPackage, type Fields, type LegacyObject } from './legacy-version.ts'

/** `a=b,c=d` as a map; undefined when it says more than that. */
function labelsOf(selector: string): Fields | undefined {
  if (selector === '') return undefined
  const pairs = selector.split(',').map((term) => /^([^=!]+)=([^=]*)$/.exec(term))
  if (pairs.some((pair) => pair === null)) return undefined
  return Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? '', pair?.[2] ?? '']))
}

export function scaleVersion(groupVersion: string): ScaleVersion {
  return {
    schema: `${schemaPackage(groupVersion)}.Scale`,
    fromStored: (scale: KubeObject) => {
      const { status = {}, ...rest }: LegacyObject = scale
      const { selector = '', ...counts } = status
      const targetSelector = typeof selector === 'string' ? selector : ''
      const selectors = { selector: labelsOf(targetSelector), targetSelector: targetSelector || undefined }
      return { ...rest, apiVersion: groupVersion, status: { ...counts, ...present(selectors) } }
    },
    toStored: (scale: KubeObject) => {
      const { status = {}, ...rest }: LegacyObject = scale
      const { selector: _labels, targetSelector, ...counts } = status
      return { ...rest, apiVersion: 'autoscaling/v1', status: { ...counts, ...present({ selector: targetSelector }) } }
    },
  }
}
