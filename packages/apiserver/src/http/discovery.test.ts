import { describe, expect, it } from 'vitest'
import { aggregatedDiscovery, apiGroupList, apiResourceList, rootPaths } from './discovery.ts'
import { RESOURCES } from './fake-handler.suite.ts'
import { createRegistry } from '../resources/registry.ts'
import { compareVersions } from '../resources/version-order.ts'
import { ServedResources } from './served-resources.ts'

const served = new ServedResources(RESOURCES, 36)

describe('discovery', () => {
  it('lists core alone under /api, with subresources and streams by name', () => {
    const list = aggregatedDiscovery(served, true, 'v2')
    expect(list).toMatchObject({
      kind: 'APIGroupDiscoveryList',
      apiVersion: 'apidiscovery.k8s.io/v2',
      items: [{ metadata: {}, versions: [{ version: 'v1', freshness: 'Current' }] }],
    })
    expect(JSON.stringify(list)).toContain(
      '{"resource":"pods","responseKind":{"group":"","version":"","kind":"Pod"},"scope":"Namespaced","singularResource":"pod",' +
        '"verbs":["create","delete","deletecollection","get","list","patch","update","watch"],"shortNames":["po"],' +
        '"categories":["all"],"subresources":[{"subresource":"attach","responseKind":{"group":"","version":"","kind":' +
        '"PodAttachOptions"},"verbs":["create","get"]}',
    )
  })

  it('orders groups as the real server does', () => {
    const { groups } = apiGroupList(served) as { groups: { name: string }[] }
    expect(groups.map(({ name }) => name)).toEqual(['apps', 'authentication.k8s.io', 'authorization.k8s.io'])
  })

  it('lists resources and subresources of a version in the old form', () => {
    const version = served.group('apps')?.versions[0]
    expect(version && apiResourceList('apps', version)).toMatchObject({
      kind: 'APIResourceList',
      apiVersion: 'v1',
      groupVersion: 'apps/v1',
      resources: [
        { name: 'deployments', singularName: 'deployment', namespaced: true, kind: 'Deployment' },
        { name: 'deployments/scale', singularName: '', group: 'autoscaling', version: 'v1', kind: 'Scale' },
        { name: 'deployments/status', singularName: '', kind: 'Deployment', verbs: ['get', 'patch', 'update'] },
      ],
    })
  })

  it.each([
    // sha256sum of autoscaling/v2/HorizontalPodAutoscaler, /v1/Event and so on, as recorded.
    ['autoscaling', 'horizontalpodautoscalers', 'qwQve8ut294='],
    ['events.k8s.io', 'events', 'r2yiGXH7wu8='],
    ['apiextensions.k8s.io', 'customresourcedefinitions', 'jfWCUB31mvA='],
  ])('the hash is of the version that is stored: %s', (group, name, storageVersionHash) => {
    const everything = new ServedResources(createRegistry().all(), 36)
    for (const version of everything.group(group)?.versions ?? []) {
      expect(apiResourceList(group, version)).toMatchObject({
        resources: expect.arrayContaining([expect.objectContaining({ name, storageVersionHash })]),
      })
    }
    expect(everything.group(group)).toBeDefined()
  })

  it('names every path at the root', () => {
    expect(rootPaths(served)).toMatchObject({
      paths: expect.arrayContaining(['/api/v1', '/apis/apps/v1', '/openapi/v2']),
    })
  })

  it('prefers stable versions, then higher ones', () => {
    const versions = ['v1beta1', 'v2', 'v1alpha1', 'v10', 'v1beta2', 'x', 'v1']
    expect(versions.sort(compareVersions)).toEqual(['v10', 'v2', 'v1', 'v1beta2', 'v1beta1', 'v1alpha1', 'x'])
  })
})
