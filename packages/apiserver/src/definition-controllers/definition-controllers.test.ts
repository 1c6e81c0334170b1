// The life of definitions in a running server: names, establishing, deletion.

import { describe, expect, it } from 'vitest'
import { SECOND } from '@podwire/engine'
import { TestServer } from '../managed-fields/server.suite.ts'
import type { CustomResourceDefinition } from '../objects/index.ts'
import { definitionOf } from '../resources/apiextensions/definition.suite.ts'
import { resourceType } from '../resources/resource-type.ts'
import { customResourceDefinitions } from '../resources/served-types.ts'

const type = customResourceDefinitions
const widgets = resourceType('example.com/v1', 'widgets', 'Widget', { namespaced: true })

class World extends TestServer {
  async define(spec: Readonly<Record<string, unknown>> = {}, plural = 'widgets'): Promise<void> {
    this.call({ verb: 'create', type, body: definitionOf(spec, { name: `${plural}.example.com` }) })
    await this.tick()
  }

  definition(plural = 'widgets'): CustomResourceDefinition | undefined {
    return this.server.client.find(type, { name: `${plural}.example.com` })
  }

  /** `Type=Status Reason: message` of each condition. */
  conditions(plural = 'widgets'): readonly string[] {
    const { conditions = [] } = this.definition(plural)?.status ?? {}
    return conditions.map(
      ({ type: name, status = '', reason = '', message = '' }) => `${name}=${status} ${reason}: ${message}`,
    )
  }

  remove(plural = 'widgets', query = ''): unknown {
    return this.call({ verb: 'delete', type, name: `${plural}.example.com`, query })
  }
}

const ACCEPTED = 'NamesAccepted=True NoConflicts: no conflicts found'
const ESTABLISHED = 'Established=True InitialNamesAccepted: the initial names have been accepted'

describe('names', () => {
  it('are accepted, then the definition is established', async () => {
    const world = new World()
    const seen: string[] = []
    world.server.client.watch(type, {}, ({ object }) => {
      seen.push((object.status?.conditions ?? []).map(({ type: name, reason = '' }) => `${name}/${reason}`).join(' '))
    })
    await world.define({ names: { shortNames: ['wd'], categories: ['all'] } })
    expect(seen).toEqual([
      '',
      'NamesAccepted/NoConflicts Established/Installing',
      'NamesAccepted/NoConflicts Established/InitialNamesAccepted',
    ])
    expect(world.conditions()).toEqual([ACCEPTED, ESTABLISHED])
    expect(world.definition()?.status?.acceptedNames).toEqual(world.definition()?.spec.names)
  })

  it('that another has are not, until it lets go of them', async () => {
    const world = new World()
    await world.define({ names: { shortNames: ['wd'] } })
    const names = { plural: 'things', kind: 'Widget', singular: 'thing', shortNames: ['wd'] }
    await world.define({ names }, 'things')
    expect(world.conditions('things')).toEqual([
      'NamesAccepted=False ListKindConflict: "WidgetList" is already in use',
      'Established=False NotAccepted: not all names are accepted',
    ])
    expect(world.definition('things')?.status?.acceptedNames).toEqual({ plural: 'things', singular: 'thing', kind: '' })
    world.remove()
    await world.tick()
    expect(world.conditions('things')).toEqual([ACCEPTED, ESTABLISHED])
  })

  it('change with the spec', async () => {
    const world = new World()
    await world.define({ names: { shortNames: ['wd'] } })
    const patch = { spec: { names: { shortNames: ['zz'] } } }
    world.server.client.patch(type, { name: 'widgets.example.com' }, 'merge', patch)
    await world.tick()
    expect(world.definition()?.status?.acceptedNames?.shortNames).toEqual(['zz'])
    expect(world.definition()?.metadata.generation).toBe(2)
  })
})

it("says whether a community's definition is approved", async () => {
  const world = new World()
  const metadata = {
    name: 'widgets.foo.k8s.io',
    annotations: { 'api-approved.kubernetes.io': 'unapproved, a test' },
  }
  world.call({ verb: 'create', type, body: definitionOf({ group: 'foo.k8s.io' }, metadata) })
  await world.tick()
  const conditions = world.server.client.get(type, { name: metadata.name }).status?.conditions
  expect(conditions?.map(({ type: name, status }) => `${name}=${status ?? ''}`)).toEqual([
    'KubernetesAPIApprovalPolicyConformant=False',
    'NamesAccepted=True',
    'Established=True',
  ])
  expect(conditions?.[0]?.message).toBe('not approved: "unapproved, a test"')
})

describe('deletion', () => {
  it('marks the definition, deletes its objects, then lets go', async () => {
    const world = new World()
    await world.define()
    world.server.client.create(widgets, { metadata: { name: 'w', namespace: 'default' } })
    expect(world.remove()).toMatchObject({
      metadata: { finalizers: ['customresourcecleanup.apiextensions.k8s.io'], generation: 1 },
      status: { conditions: [{}, {}, { type: 'Terminating', status: 'True', reason: 'InstanceDeletionPending' }] },
    })
    await world.tick()
    expect(world.definition()).toBeUndefined()
    expect(world.server.store.list(widgets, undefined)).toEqual([])
  })

  it('waits for objects that something holds', async () => {
    const world = new World()
    await world.define()
    const metadata = { name: 'w', namespace: 'default', finalizers: ['example.com/hold'] }
    world.server.client.create(widgets, { metadata })
    world.remove()
    await world.tick()
    expect(world.conditions()[2]).toBe(
      'Terminating=True InstanceDeletionInProgress: CustomResource deletion is in progress',
    )
    await world.advance(61 * SECOND)
    expect(world.conditions()[2]).toBe(
      'Terminating=True InstanceDeletionCheck: could not confirm zero CustomResources remaining: context deadline exceeded',
    )
    world.server.client.modify(widgets, { name: 'w', namespace: 'default' }, (draft) => {
      draft.metadata.finalizers = []
    })
    await world.advance(5 * SECOND)
    expect(world.definition()).toBeUndefined()
  })

  it('is over for the objects while a finalizer of somebody else holds the definition', async () => {
    const world = new World()
    const create = (): unknown =>
      world.call({
        verb: 'create',
        type: widgets,
        body: { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' } },
      })
    await world.define()
    world.server.client.modify(type, { name: 'widgets.example.com' }, (draft) => {
      draft.metadata.finalizers = ['example.com/hold']
    })
    world.remove()
    expect(create).toThrow('create not allowed while custom resource definition is terminating')
    await world.tick()
    expect(world.conditions()[2]).toBe('Terminating=False InstanceDeletionCompleted: removed all instances')
    expect(create).not.toThrow()
  })

  it('changes nothing in a dry run', async () => {
    const world = new World()
    await world.define()
    const before = world.definition()
    world.remove('widgets', 'dryRun=All')
    await world.tick()
    expect(world.definition()).toBe(before)
  })
})

it('remembers versions that objects were stored in', async () => {
  const world = new World()
  await world.define()
  const [v1] = world.definition()?.spec.versions ?? []
  const versions = [
    { ...v1, storage: false },
    { ...v1, name: 'v2', storage: true },
  ]
  world.server.client.patch(type, { name: 'widgets.example.com' }, 'merge', { spec: { versions } })
  expect(world.definition()?.status?.storedVersions).toEqual(['v1', 'v2'])
  const without = (): unknown =>
    world.server.client.patch(type, { name: 'widgets.example.com' }, 'merge', { spec: { versions: [versions[1]] } })
  expect(without).toThrow(
    'status.storedVersions[0]: Invalid value: "v1": missing from spec.versions; v1 was previously a storage version',
  )
})

it('calls no conversion webhook: what is not stored is refused by name', async () => {
  const world = new World()
  await world.define()
  const [v1] = world.definition()?.spec.versions ?? []
  const webhook = { clientConfig: { url: 'https://example.com/convert' }, conversionReviewVersions: ['v1'] }
  const spec = { versions: [v1, { ...v1, name: 'v2', storage: false }], conversion: { strategy: 'Webhook', webhook } }
  world.server.client.patch(type, { name: 'widgets.example.com' }, 'merge', { spec })
  await world.tick()
  const get = (version: string): unknown => {
    const asked = resourceType(`example.com/${version}`, 'widgets', 'Widget', { namespaced: true })
    return world.call({ verb: 'get', type: asked, name: 'w' })
  }
  expect(() => get('v1')).toThrow('widgets.example.com "w" not found')
  expect(() => get('v2')).toThrow(
    'conversion webhook for example.com/v1, Kind=Widget failed: podwire does not call conversion webhooks',
  )
  const bundle = (caBundle: string): unknown =>
    world.server.client.patch(type, { name: 'widgets.example.com' }, 'merge', {
      spec: { conversion: { webhook: { clientConfig: { caBundle } } } },
    })
  expect(() => bundle(Buffer.from('x').toString('base64'))).toThrow('unable to parse bytes as PEM block')
})

it('does not let an established definition change its kind or scope', async () => {
  const world = new World()
  await world.define()
  const change = (spec: object): unknown =>
    world.server.client.patch(type, { name: 'widgets.example.com' }, 'merge', { spec })
  expect(() => change({ scope: 'Cluster', names: { kind: 'Other' }, group: 'other.com' })).toThrow(
    '[spec.scope: Invalid value: "Cluster": field is immutable, spec.names.kind: Invalid value: "Other": field is ' +
      'immutable, spec.group: Invalid value: "other.com": field is immutable]',
  )
})

it('makes good for a status that a client emptied', async () => {
  const world = new World()
  await world.define()
  const { status: _, ...definition } = world.definition() ?? { status: undefined }
  const { resourceVersion } = world.definition()?.metadata ?? {}
  const metadata = { name: 'widgets.example.com', labels: { kept: 'yes' }, resourceVersion }
  const body = { ...definition, spec: { scope: 'Cluster' }, metadata }
  const answer = world.call({ verb: 'update', type, name: metadata.name, subresource: 'status', body })
  expect(answer).toMatchObject({
    metadata: { labels: { kept: 'yes' } },
    spec: { scope: 'Namespaced' },
    status: { acceptedNames: { plural: '', kind: '' }, storedVersions: ['v1'] },
  })
  await world.tick()
  expect(world.conditions()).toEqual([ACCEPTED, ESTABLISHED])
})
