// The API machinery part of the conformance ladder in our own words: watchers, chunking, tables, discovery, field validation,
// namespaces and garbage collection, against the HTTP door of `podwire up`.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DoorClient, eventually, MERGE_PATCH, STRATEGIC_PATCH, type Wire } from '../door-client.ts'
import { UpProcess } from '../up.ts'

let up: UpProcess
let api: DoorClient
let made = 0

beforeAll(async () => {
  up = new UpProcess(['--bare', '--controllers', '*', '--speed', '20'])
  await up.ready()
  api = new DoorClient(up.kubeconfig)
}, 60_000)

afterAll(async () => {
  api.close()
  await up.stop()
})

async function newNamespace(): Promise<string> {
  const name = `machinery-${++made}`
  await api.create('/api/v1/namespaces', { metadata: { name } })
  await eventually('the service account', async () => {
    const { code } = await api.send('GET', `/api/v1/namespaces/${name}/serviceaccounts/default`)
    return code === 200 ? true : undefined
  })
  return name
}

const names = (list: Wire): (string | undefined)[] => (list.items ?? []).map((item) => item.metadata?.name)

describe('watchers', () => {
  const configMap = (name: string, label: string): object => ({
    metadata: { name, labels: { watch: label } },
    data: { n: '0' },
  })
  const setTo = (n: number): object => ({ data: { n: String(n) } })

  test('go on from the last resource version seen', async () => {
    const maps = `/api/v1/namespaces/${await newNamespace()}/configmaps`
    const created = await api.create(maps, configMap('a', 'restart'))
    const watch = await api.watch(
      `${maps}?labelSelector=watch%3Drestart&resourceVersion=${created.metadata?.resourceVersion}`,
    )
    await api.ok('PATCH', `${maps}/a`, setTo(1), MERGE_PATCH)
    const [seen] = await watch.count(1)
    watch.stop()
    await api.ok('PATCH', `${maps}/a`, setTo(2), MERGE_PATCH)
    await api.ok('DELETE', `${maps}/a`)
    const resumed = await api.watch(
      `${maps}?labelSelector=watch%3Drestart&resourceVersion=${seen?.object.metadata?.resourceVersion}`,
    )
    const events = await resumed.count(2)
    expect(events.map(({ type, object }) => [type, (object['data'] as { n: string }).n])).toEqual([
      ['MODIFIED', '2'],
      ['DELETED', '2'],
    ])
    resumed.stop()
  })

  test('start at an older version and see what happened since', async () => {
    const maps = `/api/v1/namespaces/${await newNamespace()}/configmaps`
    await api.create(maps, configMap('a', 'version'))
    const first = await api.ok('PATCH', `${maps}/a`, setTo(1), MERGE_PATCH)
    await api.ok('PATCH', `${maps}/a`, setTo(2), MERGE_PATCH)
    await api.ok('DELETE', `${maps}/a`)
    const watch = await api.watch(
      `${maps}?resourceVersion=${first.metadata?.resourceVersion}&labelSelector=watch%3Dversion`,
    )
    await watch.count(2)
    expect(watch.summary()).toEqual(['MODIFIED a', 'DELETED a'])
    watch.stop()
  })

  test('with different labels each see what is theirs: additions, changes and deletions', async () => {
    const maps = `/api/v1/namespaces/${await newNamespace()}/configmaps`
    const watches = await Promise.all(
      ['watch%3Da', 'watch%3Db', 'watch+in+%28a%2Cb%29'].map((selector) =>
        api.watch(`${maps}?labelSelector=${selector}`),
      ),
    )
    await api.create(maps, configMap('one', 'a'))
    await api.ok('PATCH', `${maps}/one`, setTo(1), MERGE_PATCH)
    await api.ok('PATCH', `${maps}/one`, setTo(2), MERGE_PATCH)
    await api.ok('DELETE', `${maps}/one`)
    await api.create(maps, configMap('two', 'b'))
    await api.ok('DELETE', `${maps}/two`)
    const [a, b, both] = watches
    await both?.count(6)
    await b?.count(2)
    await a?.count(4)
    expect(a?.summary()).toEqual(['ADDED one', 'MODIFIED one', 'MODIFIED one', 'DELETED one'])
    expect(b?.summary()).toEqual(['ADDED two', 'DELETED two'])
    expect(both?.summary()).toEqual([...(a?.summary() ?? []), ...(b?.summary() ?? [])])
    for (const watch of watches) watch.stop()
  })

  test('see a deletion when an object stops matching, and an addition when it matches again', async () => {
    const maps = `/api/v1/namespaces/${await newNamespace()}/configmaps`
    const watch = await api.watch(`${maps}?labelSelector=watch%3Dchanging`)
    await api.create(maps, configMap('a', 'changing'))
    await api.ok('PATCH', `${maps}/a`, setTo(1), MERGE_PATCH)
    await api.ok('PATCH', `${maps}/a`, { metadata: { labels: { watch: 'else' } } }, MERGE_PATCH)
    await api.ok('PATCH', `${maps}/a`, setTo(2), MERGE_PATCH)
    await api.ok('PATCH', `${maps}/a`, { metadata: { labels: { watch: 'changing' } } }, MERGE_PATCH)
    await api.ok('PATCH', `${maps}/a`, setTo(3), MERGE_PATCH)
    await api.ok('DELETE', `${maps}/a`)
    const events = await watch.count(6)
    expect(events.map(({ type, object }) => `${type} ${(object['data'] as { n: string }).n}`)).toEqual([
      'ADDED 0',
      'MODIFIED 1',
      'DELETED 1',
      'ADDED 2',
      'MODIFIED 3',
      'DELETED 3',
    ])
    watch.stop()
  })

  test('opened at different versions at the same time all see the same order', async () => {
    const maps = `/api/v1/namespaces/${await newNamespace()}/configmaps`
    const versions: (string | undefined)[] = [(await api.get(maps)).metadata?.resourceVersion]
    for (let i = 0; i < 10; i++)
      versions.push((await api.create(maps, configMap(`m${i}`, 'order'))).metadata?.resourceVersion)
    const watches = await Promise.all(versions.map((version) => api.watch(`${maps}?resourceVersion=${version}`)))
    await Promise.all(Array.from({ length: 10 }, (_, i) => api.ok('PATCH', `${maps}/m${i}`, setTo(1), MERGE_PATCH)))
    await watches[0]?.count(20)
    const whole = watches[0]?.events.map(({ object }) => object.metadata?.resourceVersion) ?? []
    for (const [i, watch] of watches.entries()) {
      await watch.count(20 - i)
      expect(watch.events.map(({ object }) => object.metadata?.resourceVersion)).toEqual(whole.slice(i))
      watch.stop()
    }
  })
})

describe('chunking', () => {
  test('a list in pages returns each object once, at the version of its first page', async () => {
    const namespace = await newNamespace()
    const templates = `/api/v1/namespaces/${namespace}/podtemplates`
    const total = 40
    const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'x' }] } }
    for (let i = 0; i < total; i++) await api.create(templates, { metadata: { name: `t-${i}` }, template })
    const found: (string | undefined)[] = []
    let version: string | undefined
    for (let next: string | undefined = ''; next !== undefined;) {
      const page = await api.get(`${templates}?limit=17${next === '' ? '' : `&continue=${next}`}`)
      version ??= page.metadata?.resourceVersion
      expect(page.metadata?.resourceVersion).toBe(version)
      found.push(...names(page))
      next = page.metadata?.continue
      expect(page.metadata?.remainingItemCount).toBe(next === undefined ? undefined : total - found.length)
      // What is written between pages shows in none of them.
      await api.send('POST', templates, { metadata: { name: `late-${found.length}` }, template })
    }
    expect(found).toHaveLength(total)
    expect(new Set(found).size).toBe(total)
    const whole = await api.get(templates)
    expect(whole.items?.length).toBeGreaterThan(total)
  })

  test('a token that is no token is refused with what is wrong', async () => {
    const answer = await api.send('GET', '/api/v1/podtemplates?limit=1&continue=bm90aGluZw')
    expect([answer.code, answer.body.reason]).toEqual([400, 'BadRequest'])
    expect(answer.body.message).toMatch(/^invalid continue token: continue key is not valid: /)
  })
})

describe('tables', () => {
  const TABLE = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }

  test('details of a pod, and of a list in chunks', async () => {
    const pods = `/api/v1/namespaces/${await newNamespace()}/pods`
    for (const name of ['a', 'b', 'c']) {
      await api.create(pods, { metadata: { name }, spec: { containers: [{ name: 'c', image: 'x' }] } })
    }
    const one = (await api.ok('GET', `${pods}/a`, undefined, TABLE)) as unknown as {
      kind: string
      columnDefinitions: { name: string }[]
      rows: { cells: unknown[]; object: Wire }[]
    }
    expect(one.kind).toBe('Table')
    expect(one.columnDefinitions[0]?.name).toBe('Name')
    expect(one.rows[0]?.cells[0]).toBe('a')
    expect(one.rows[0]?.object.kind).toBe('PartialObjectMetadata')
    const page = await api.ok('GET', `${pods}?limit=2`, undefined, TABLE)
    expect(page['rows']).toHaveLength(2)
    const rest = await api.ok('GET', `${pods}?limit=2&continue=${page.metadata?.continue}`, undefined, TABLE)
    expect(rest['rows']).toHaveLength(1)
  })

  test('what has no metadata to show is 406', async () => {
    const review = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { nonResourceAttributes: { path: '/', verb: 'get' } },
    }
    const answer = await api.send('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', review, TABLE)
    expect(answer.code).toBe(406)
  })
})

describe('discovery', () => {
  const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

  test('every group has a preferred version among its versions, and every version lists its resources', async () => {
    const { groups } = (await api.get('/apis')) as unknown as {
      groups: { name: string; versions: { groupVersion: string }[]; preferredVersion: { groupVersion: string } }[]
    }
    for (const group of groups) {
      const one = (await api.get(`/apis/${group.name}`)) as unknown as (typeof groups)[number]
      expect(one.preferredVersion).toEqual(group.preferredVersion)
      expect(group.versions.map(({ groupVersion }) => groupVersion)).toContain(group.preferredVersion.groupVersion)
      for (const { groupVersion } of group.versions) {
        const list = await api.get(`/apis/${groupVersion}`)
        expect([list.kind, list['groupVersion']]).toEqual(['APIResourceList', groupVersion])
      }
    }
  })

  test('the aggregated document says the same as the plain ones', async () => {
    const { items } = (await api.ok('GET', '/apis', undefined, { accept: AGGREGATED })) as unknown as {
      items: { metadata: { name: string }; versions: { version: string; resources: { resource: string }[] }[] }[]
    }
    for (const { metadata, versions } of items) {
      for (const { version, resources } of versions) {
        const plain = (await api.get(`/apis/${metadata.name}/${version}`))['resources'] as { name: string }[]
        const top = plain.map(({ name }) => name).filter((name) => !name.includes('/'))
        expect(resources.map(({ resource }) => resource)).toEqual(top)
      }
    }
  })

  test.each([
    [AGGREGATED, AGGREGATED],
    // Gone since 1.33.
    [`${AGGREGATED.replace('v=v2', 'v=v2beta1')},application/json`, 'application/json'],
    ['application/json', 'application/json'],
    [`${AGGREGATED},application/json`, AGGREGATED],
  ])('Accept: %s is answered as %s', async (accept, type) => {
    const answer = await api.send('GET', '/apis', undefined, { accept })
    expect(answer.headers['content-type']).toBe(type)
  })
})

describe('field validation', () => {
  const deployment = (extra: string): string =>
    `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"dep"${extra.startsWith(',"un') ? extra : ''}},` +
    '"spec":{"replicas":1,"selector":{"matchLabels":{"a":"b"}},' +
    `"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"x"}]}}${extra.startsWith(',"un') ? '' : extra}}}`

  test.each([
    [',"paused":true,"paused":false', 'strict decoding error: duplicate field "spec.paused"'],
    [',"nope":1', 'strict decoding error: unknown field "spec.nope"'],
    [',"unknownMeta":"x"', 'strict decoding error: unknown field "metadata.unknownMeta"'],
  ])('Strict refuses %s', async (extra, message) => {
    const deployments = `/apis/apps/v1/namespaces/${await newNamespace()}/deployments`
    const refused = await api.send('POST', `${deployments}?fieldValidation=Strict`, deployment(extra))
    expect(refused.code).toBe(400)
    expect(refused.body.message).toContain(message)
    const warned = await api.send('POST', `${deployments}?fieldValidation=Warn`, deployment(extra))
    expect(warned.code).toBe(201)
    expect(String(warned.headers['warning'])).toContain(message.slice(message.indexOf(':') + 2).replaceAll('"', '\\"'))
    const ignored = await api.send('PUT', `${deployments}/dep?fieldValidation=Ignore`, deployment(extra))
    expect([ignored.code, ignored.headers['warning']]).toEqual([200, undefined])
  })
})

describe('namespaces', () => {
  test('deletion takes pods and services with it', async () => {
    const namespace = await newNamespace()
    const base = `/api/v1/namespaces/${namespace}`
    await api.create(`${base}/pods`, { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'x' }] } })
    await api.create(`${base}/services`, { metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } })
    await api.ok('DELETE', base)
    await eventually('the end of the namespace', async () => {
      const { code } = await api.send('GET', base)
      return code === 404 ? true : undefined
    })
    await api.create('/api/v1/namespaces', { metadata: { name: namespace } })
    expect(names(await api.get(`${base}/pods`))).toEqual([])
    expect(names(await api.get(`${base}/services`))).toEqual([])
  })

  test('pods go first: what else is there waits for a pod with a finalizer', async () => {
    const namespace = await newNamespace()
    const base = `/api/v1/namespaces/${namespace}`
    await api.create(`${base}/pods`, {
      metadata: { name: 'p', finalizers: ['e2e.example.com/finalizer'] },
      spec: { containers: [{ name: 'c', image: 'x' }] },
    })
    await api.create(`${base}/configmaps`, { metadata: { name: 'm' } })
    await api.ok('DELETE', base)
    await eventually(
      'the pod to be deleting',
      async () => (await api.get(`${base}/pods/p`)).metadata?.deletionTimestamp,
    )
    expect((await api.get(`${base}/configmaps/m`)).metadata?.deletionTimestamp).toBeUndefined()
    await api.ok('PATCH', `${base}/pods/p`, { metadata: { finalizers: null } }, MERGE_PATCH)
    await eventually('the end of the namespace', async () =>
      (await api.send('GET', base)).code === 404 ? true : undefined,
    )
  })

  test('patch, update and status of a namespace', async () => {
    const namespace = await newNamespace()
    const base = `/api/v1/namespaces/${namespace}`
    const patched = await api.ok('PATCH', base, { metadata: { labels: { testLabel: 'testValue' } } }, STRATEGIC_PATCH)
    expect(patched.metadata?.labels).toEqual({ testLabel: 'testValue', 'kubernetes.io/metadata.name': namespace })
    const labels = { ...patched.metadata?.labels, more: 'yes' }
    expect(
      (await api.ok('PUT', base, { ...patched, metadata: { ...patched.metadata, labels } })).metadata?.labels,
    ).toEqual(labels)
    const condition = { type: 'StatusPatch', status: 'True', reason: 'E2E', message: 'Patched by a test' }
    const status = await api.ok(
      'PATCH',
      `${base}/status`,
      { metadata: { annotations: { e: 'p' } }, status: { conditions: [condition] } },
      MERGE_PATCH,
    )
    expect(status.status).toMatchObject({ conditions: [condition] })
    const found = await api.get(base)
    const updated = await api.ok('PUT', `${base}/status`, {
      ...found,
      status: { ...(found.status as object), conditions: [{ ...condition, type: 'StatusUpdate' }] },
    })
    expect(updated.status).toMatchObject({ conditions: [{ type: 'StatusUpdate' }] })
  })

  test('a finalizer of its own holds a namespace until it is taken off through /finalize', async () => {
    const name = `machinery-${++made}`
    await api.create('/api/v1/namespaces', { metadata: { name } })
    const base = `/api/v1/namespaces/${name}`
    const found = await api.get(base)
    await api.ok('PUT', `${base}/finalize`, {
      ...found,
      spec: { finalizers: ['kubernetes', 'e2e.example.com/fakeFinalizer'] },
    })
    await api.ok('DELETE', base)
    const held = await eventually('only the finalizer to be left', async () => {
      const now = await api.get(base)
      return JSON.stringify(now.spec?.['finalizers']) === '["e2e.example.com/fakeFinalizer"]' ? now : undefined
    })
    expect(held.status).toMatchObject({ phase: 'Terminating' })
    await api.ok('PUT', `${base}/finalize`, { ...held, spec: { finalizers: [] } })
    await eventually('the end of the namespace', async () =>
      (await api.send('GET', base)).code === 404 ? true : undefined,
    )
  })

  test('nothing is created in a namespace on its way out', async () => {
    const name = await newNamespace()
    const base = `/api/v1/namespaces/${name}`
    await api.create(`${base}/configmaps`, { metadata: { name: 'm', finalizers: ['e2e.example.com/f'] } })
    await api.ok('DELETE', base)
    const refused = await api.send('POST', `${base}/configmaps`, { metadata: { name: 'late' } })
    expect([refused.code, refused.body.reason]).toEqual([403, 'Forbidden'])
    expect(refused.body.message).toBe(
      `configmaps "late" is forbidden: unable to create new content in namespace ${name} because it is being terminated`,
    )
    await api.ok('PATCH', `${base}/configmaps/m`, { metadata: { finalizers: null } }, MERGE_PATCH)
  })
})

describe('garbage collection', () => {
  const controller = (name: string, replicas: number): object => ({
    metadata: { name },
    spec: {
      replicas,
      selector: { name },
      template: { metadata: { labels: { name } }, spec: { containers: [{ name: 'c', image: 'x' }] } },
    },
  })

  async function withPods(namespace: string, name: string, replicas: number): Promise<Wire> {
    const base = `/api/v1/namespaces/${namespace}`
    const made = await api.create(`${base}/replicationcontrollers`, controller(name, replicas))
    await eventually('the pods', async () => {
      const pods = await api.get(`${base}/pods?labelSelector=name%3D${name}`)
      return pods.items?.length === replicas ? true : undefined
    })
    return made
  }

  const remaining = async (namespace: string): Promise<number> =>
    (await api.get(`/api/v1/namespaces/${namespace}/pods`)).items?.length ?? 0

  test('Background: pods of a controller follow it', async () => {
    const namespace = await newNamespace()
    await withPods(namespace, 'rc', 2)
    const path = `/api/v1/namespaces/${namespace}/replicationcontrollers/rc`
    await api.ok('DELETE', path, { propagationPolicy: 'Background' })
    expect((await api.send('GET', path)).code).toBe(404)
    await eventually('no pods', async () => ((await remaining(namespace)) === 0 ? true : undefined))
  })

  test('Orphan: pods stay, without an owner', async () => {
    const namespace = await newNamespace()
    await withPods(namespace, 'rc', 3)
    await api.ok('DELETE', `/api/v1/namespaces/${namespace}/replicationcontrollers/rc`, { propagationPolicy: 'Orphan' })
    await eventually('the controller to be gone', async () => {
      const { code } = await api.send('GET', `/api/v1/namespaces/${namespace}/replicationcontrollers/rc`)
      return code === 404 ? true : undefined
    })
    const pods = await api.get(`/api/v1/namespaces/${namespace}/pods`)
    expect(pods.items).toHaveLength(3)
    expect((pods.items ?? []).map(({ metadata }) => metadata?.ownerReferences)).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  test('Foreground: the controller waits for its pods', async () => {
    const namespace = await newNamespace()
    await withPods(namespace, 'rc', 2)
    const base = `/api/v1/namespaces/${namespace}`
    const watch = await api.watch(`${base}/replicationcontrollers?fieldSelector=metadata.name%3Drc`)
    const pods = await api.watch(`${base}/pods`)
    await api.ok('DELETE', `${base}/replicationcontrollers/rc`, { propagationPolicy: 'Foreground' })
    await watch.until('the end of the controller', (events) => events.at(-1)?.type === 'DELETED')
    expect(
      watch.events.some(({ object }) => object.metadata?.finalizers?.includes('foregroundDeletion') === true),
    ).toBe(true)
    expect(await remaining(namespace)).toBe(0)
    expect(pods.events.filter(({ type }) => type === 'DELETED')).toHaveLength(2)
    watch.stop()
    pods.stop()
  })

  test('a Deployment: ReplicaSets follow in Background and stay with Orphan', async () => {
    for (const [policy, left] of [
      ['Background', 0],
      ['Orphan', 1],
    ] as const) {
      const base = `/apis/apps/v1/namespaces/${await newNamespace()}`
      const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'x' }] } }
      await api.create(`${base}/deployments`, {
        metadata: { name: 'd' },
        spec: { replicas: 2, selector: { matchLabels: { a: 'b' } }, template },
      })
      await eventually('the ReplicaSet', async () =>
        (await api.get(`${base}/replicasets`)).items?.length === 1 ? true : undefined,
      )
      await api.ok('DELETE', `${base}/deployments/d`, { propagationPolicy: policy })
      await eventually('the Deployment to be gone', async () => {
        const { code } = await api.send('GET', `${base}/deployments/d`)
        return code === 404 ? true : undefined
      })
      const sets = await eventually(`${left} ReplicaSets`, async () => {
        const list = await api.get(`${base}/replicasets`)
        return list.items?.length === left ? list : undefined
      })
      for (const set of sets.items ?? []) expect(set.metadata?.ownerReferences).toBeUndefined()
    }
  })

  test('what has another valid owner stays when one owner goes', async () => {
    const namespace = await newNamespace()
    const base = `/api/v1/namespaces/${namespace}`
    const [goes, stays] = [
      await withPods(namespace, 'goes', 2),
      await api.create(`${base}/replicationcontrollers`, controller('stays', 0)),
    ]
    const pods = await api.get(`${base}/pods`)
    const first = pods.items?.[0]
    const owner = { apiVersion: 'v1', kind: 'ReplicationController', name: 'stays', uid: stays.metadata?.uid }
    await api.ok(
      'PATCH',
      `${base}/pods/${first?.metadata?.name}`,
      { metadata: { ownerReferences: [...(first?.metadata?.ownerReferences ?? []), owner] } },
      MERGE_PATCH,
    )
    await api.ok('DELETE', `${base}/replicationcontrollers/goes`, {
      propagationPolicy: 'Foreground',
      preconditions: { uid: goes.metadata?.uid },
    })
    await eventually('the first owner to be gone', async () => {
      const { code } = await api.send('GET', `${base}/replicationcontrollers/goes`)
      return code === 404 ? true : undefined
    })
    const left = await api.get(`${base}/pods`)
    expect(names(left)).toEqual([first?.metadata?.name])
    expect(left.items?.[0]?.metadata?.deletionTimestamp).toBeUndefined()
    expect(left.items?.[0]?.metadata?.ownerReferences).toEqual([owner])
  })

  test('a circle of owners does not keep anybody', async () => {
    const base = `/api/v1/namespaces/${await newNamespace()}/configmaps`
    const maps = [
      await api.create(base, { metadata: { name: 'm0' } }),
      await api.create(base, { metadata: { name: 'm1' } }),
      await api.create(base, { metadata: { name: 'm2' } }),
    ]
    for (const [i, map] of maps.entries()) {
      const owner = maps[(i + 2) % 3]
      const reference = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        name: owner?.metadata?.name,
        uid: owner?.metadata?.uid,
        controller: true,
        blockOwnerDeletion: true,
      }
      await api.ok(
        'PATCH',
        `${base}/${map.metadata?.name}`,
        { metadata: { ownerReferences: [reference] } },
        MERGE_PATCH,
      )
    }
    await api.ok('DELETE', `${base}/m0`, { propagationPolicy: 'Foreground' })
    await eventually('nobody to be left', async () => {
      const left = names(await api.get(base)).filter((name) => name?.startsWith('m') === true)
      return left.length === 0 ? true : undefined
    })
  })
})
