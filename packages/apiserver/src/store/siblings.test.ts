import { expect, test } from 'vitest'
import type { KubeObject } from '../objects/kube-object.ts'
import { deepFreeze } from './deep-freeze.ts'
import { copyUnlessFrozen } from './share.ts'
import { Siblings } from './siblings.ts'

const pod = (name: string, generateName: string | undefined, labels: Readonly<Record<string, string>>): KubeObject =>
  ({
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { name, namespace: 'default', ...(generateName === undefined ? {} : { generateName }), labels },
    spec: { tolerations: [{ operator: 'Exists' }], volumes: [{ name: `token-${name}`, emptyDir: { medium: '' } }] },
  }) as unknown as KubeObject

const specOf = (
  object: KubeObject,
): { readonly tolerations: object; readonly volumes: readonly { emptyDir: object }[] } =>
  (object as unknown as { spec: ReturnType<typeof specOf> }).spec

test.each([
  {
    name: 'pods of one template',
    other: 'web-',
    labels: { app: 'web' },
    shares: ['labels', 'tolerations', 'emptyDir'],
  },
  { name: 'a label that differs', other: 'web-', labels: { app: 'db' }, shares: ['tolerations', 'emptyDir'] },
  { name: 'another template', other: 'db-', labels: { app: 'web' }, shares: [] },
  { name: 'a name of its own', other: undefined, labels: { app: 'web' }, shares: [] },
])('what equals the last one’s becomes the same object: $name', ({ other, labels, shares }) => {
  const siblings = new Siblings()
  const first = pod('a', 'web-', { app: 'web' })
  const template = siblings.share(first) ?? ''
  deepFreeze(first)
  siblings.remember(template, first)
  const second = pod('b', other, labels)
  const written = structuredClone(second)
  siblings.share(second)
  expect(second).toEqual(written)
  const [old, next] = [specOf(first), specOf(second)]
  const same = {
    labels: second.metadata.labels === first.metadata.labels,
    tolerations: next.tolerations === old.tolerations,
    emptyDir: next.volumes[0]?.emptyDir === old.volumes[0]?.emptyDir,
  }
  expect(Object.entries(same).flatMap(([part, shared]) => (shared ? [part] : []))).toEqual(shares)
})

test('a copy to edit takes over what is frozen, and copies what its owner may still change', () => {
  const labels = deepFreeze({ app: 'web' })
  const annotations = { note: 'a' }
  const original = { name: 'a', labels, annotations, finalizers: undefined }
  const copy = copyUnlessFrozen(original)
  expect(copy).toStrictEqual({ name: 'a', labels: { app: 'web' }, annotations: { note: 'a' } })
  expect(copy.labels).toBe(labels)
  expect(copy.annotations).not.toBe(annotations)
})
