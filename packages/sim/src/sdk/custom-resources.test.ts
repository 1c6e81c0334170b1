import { resourceType } from '@podwire/apiserver'
import { expect, test } from 'vitest'
import { createCluster } from '../index.ts'

const WIDGETS = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { plural: widgets, kind: Widget }
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties:
                size: { type: integer }
                color: { type: string, default: red }
              x-kubernetes-validations:
                - { rule: '!has(self.size) || self.size < 9', message: too large }
---
apiVersion: example.com/v1
kind: Widget
metadata: { name: w }
spec: { size: 1 }
`

test('a definition and what it defines may come in one text', async () => {
  await using cluster = await createCluster({ nodes: 1 })
  const results = await cluster.apply(WIDGETS)
  expect(results.map(({ outcome }) => outcome)).toEqual(['created', 'created'])
  const widgets = resourceType('example.com/v1', 'widgets', 'Widget', { namespaced: true })
  expect(cluster.client.get(widgets, { namespace: 'default', name: 'w' })).toMatchObject({
    spec: { size: 1, color: 'red' },
  })
  expect((await cluster.apply(WIDGETS)).map(({ outcome }) => outcome)).toEqual(['unchanged', 'unchanged'])
  const [, changed] = await cluster.apply(WIDGETS.replace('spec: { size: 1 }', 'spec: { color: blue }'))
  expect(changed).toMatchObject({ outcome: 'configured', object: { spec: { color: 'blue' } } })
  await expect(cluster.apply(WIDGETS.replace('size: 1', 'size: 9'))).rejects.toThrow('spec: Invalid value: too large')
  await expect(cluster.apply(WIDGETS.replace('size: 1', 'siez: 1'))).rejects.toThrow('unknown field "spec.siez"')
})
