// Roles, bindings and what they allow, on a server of its own; and what their writers may grant.

import { Engine } from '@podwire/engine'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Attributes, Authorizer } from '../http/authorization.ts'
import type { RequestVerb, UserInfo } from '../http/request-handler.ts'
import {
  clusterRoleBindings,
  clusterRoles,
  leases,
  namespaces,
  roleBindings,
  roles,
} from '../resources/served-types.ts'
import type { ResourceType } from '../resources/resource-type.ts'
import { createApiServer, type ApiServer } from '../server.ts'
import { StatusError } from '../status/status-error.ts'
import { bootstrapPolicy } from './bootstrap-policy.ts'

const GROUP = 'rbac.authorization.k8s.io'
const alice: UserInfo = { name: 'alice', groups: ['dev', 'system:authenticated'] }

let server: ApiServer
let authorizer: Authorizer

beforeEach(() => {
  server = createApiServer({ engine: new Engine({ seed: 1 }) })
  for (const name of ['default', 'lab', 'kube-system', 'kube-public']) {
    server.client.create(namespaces, { metadata: { name }, spec: {} })
  }
  const made = server.requestHandler.authorizer?.()
  if (made === undefined) throw new Error('the server decides who may do what')
  authorizer = made
})

type Rule = readonly [verbs: string, groups: string, resources: string, names?: string]

function rule([verbs, groups, resources, names]: Rule) {
  const list = (text: string): readonly string[] => text.split(' ').map((word) => (word === 'core' ? '' : word))
  if (groups === 'url') return { verbs: list(verbs), nonResourceURLs: list(resources) }
  const base = { verbs: list(verbs), apiGroups: list(groups), resources: list(resources) }
  return names === undefined ? base : { ...base, resourceNames: list(names) }
}

function clusterRole(name: string, ...rules: readonly Rule[]): void {
  server.client.create(clusterRoles, { metadata: { name }, rules: rules.map(rule) })
}

type SubjectText = `${'User' | 'Group'} ${string}` | `ServiceAccount ${string}/${string}`

function subject(text: SubjectText) {
  const [kind = '', name = ''] = text.split(' ')
  if (kind !== 'ServiceAccount') return { kind, name, apiGroup: GROUP }
  return { kind, namespace: name.split('/')[0] ?? '', name: name.split('/')[1] ?? '' }
}

function bind(name: string, role: string, whom: SubjectText, namespace?: string): void {
  const [kind = '', roleName = ''] = role.split(' ')
  const body = { roleRef: { apiGroup: GROUP, kind, name: roleName }, subjects: [subject(whom)] }
  if (namespace === undefined) server.client.create(clusterRoleBindings, { metadata: { name }, ...body })
  else server.client.create(roleBindings, { metadata: { name, namespace }, ...body })
}

/** `get apps/deployments/scale x -n lab`, or `get /path`. */
function attributes(text: string): Attributes {
  const [verb = '', what = '', name = '', , namespace = ''] = text.replace(/^(\S+ \S+) -n/, '$1  -n').split(' ')
  if (what.startsWith('/')) return { kind: 'path', verb, path: what }
  const [group = '', resource = '', subresource = ''] = what.split('/')
  return { kind: 'resource', verb, group: group === 'core' ? '' : group, resource, subresource, name, namespace }
}

function ask(text: string, user: UserInfo = alice): string {
  const { allowed, reason = '' } = authorizer.authorize(user, attributes(text))
  return `${allowed ? 'yes' : 'no'} ${reason}`.trim()
}

describe('what a rule allows', () => {
  beforeEach(() => {
    clusterRole(
      'some',
      ['get list', 'core', 'pods pods/log'],
      ['*', 'apps', '*'],
      ['get', '*', '*/scale'],
      ['update', 'core', 'configmaps', 'settings'],
      ['get', 'url', '/logs/* /metrics'],
    )
    bind('some', 'ClusterRole some', 'Group dev')
  })

  const because = 'yes RBAC: allowed by ClusterRoleBinding "some" of ClusterRole "some" to Group "dev"'
  test.each([
    ['get core/pods x -n lab', because],
    ['list core/pods', because],
    ['get core/pods/log x -n lab', because],
    ['get core/pods/exec x -n lab', 'no'],
    ['delete core/pods x -n lab', 'no'],
    ['get other/pods x -n lab', 'no'],
    ['patch apps/deployments/status x -n lab', because],
    ['get core/replicationcontrollers/scale x -n lab', because],
    ['update core/replicationcontrollers/scale x -n lab', 'no'],
    ['get core/replicationcontrollers x -n lab', 'no'],
    ['update core/configmaps settings -n lab', because],
    ['update core/configmaps others -n lab', 'no'],
    ['update core/configmaps -n lab', 'no'],
    ['get /metrics', because],
    ['get /logs/a/b', because],
    ['get /logs', 'no'],
    ['post /metrics', 'no'],
  ])('%s: %s', (text, expected) => expect(ask(text)).toBe(expected))
})

describe('whom a binding reaches', () => {
  const robot: UserInfo = { name: 'system:serviceaccount:lab:robot', groups: ['system:serviceaccounts'] }

  beforeEach(() => {
    server.client.create(roles, { metadata: { name: 'r', namespace: 'lab' }, rules: [rule(['get', 'core', 'pods'])] })
  })

  test('a Role counts in its namespace alone', () => {
    bind('b', 'Role r', 'User alice', 'lab')
    expect(ask('get core/pods x -n lab')).toBe('yes RBAC: allowed by RoleBinding "b/lab" of Role "r" to User "alice"')
    expect(ask('get core/pods x -n default')).toBe('no')
    expect(ask('get core/pods x')).toBe('no')
  })

  test('a ClusterRole bound in a namespace counts there', () => {
    bind('b', 'ClusterRole view', 'User alice', 'lab')
    expect(ask('list core/pods -n lab')).toContain('yes')
    expect(ask('list core/pods -n default')).toBe('no')
    expect(ask('list core/secrets -n lab')).toBe('no')
  })

  test('service accounts are named by namespace and name', () => {
    bind('b', 'Role r', 'ServiceAccount lab/robot', 'lab')
    const why = 'yes RBAC: allowed by RoleBinding "b/lab" of Role "r" to ServiceAccount "robot/lab"'
    expect(ask('get core/pods x -n lab', robot)).toBe(why)
    expect(ask('get core/pods x -n lab', { ...robot, name: 'system:serviceaccount:default:robot' })).toBe('no')
  })

  test('a role that is missing is named, and does not hide others', () => {
    bind('gone', 'ClusterRole gone', 'User alice')
    expect(ask('get core/pods x')).toBe('no RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found')
    bind('here', 'ClusterRole view', 'User alice')
    expect(ask('get core/pods x')).toContain('yes')
  })

  test('masters are never asked', () => {
    expect(ask('delete core/nodes x', { name: 'root', groups: ['system:masters'] })).toBe('yes')
  })
})

describe('the policy every cluster starts with', () => {
  test.each([
    ['view', 'list core/pods -n lab', true],
    ['view', 'list core/secrets -n lab', false],
    ['view', 'create core/pods -n lab', false],
    ['edit', 'create core/pods -n lab', true],
    ['edit', 'list core/pods -n lab', true],
    ['edit', 'create rbac.authorization.k8s.io/roles -n lab', false],
    ['admin', 'create rbac.authorization.k8s.io/roles -n lab', true],
    ['admin', 'create apps/deployments -n lab', true],
    ['admin', 'update core/resourcequotas x -n lab', false],
    ['cluster-admin', 'delete core/nodes x', true],
    ['system:controller:deployment-controller', 'create apps/replicasets -n lab', true],
  ])('%s: %s %s', (role, text, allowed) => {
    bind('b', `ClusterRole ${role}`, 'User alice')
    expect(ask(text).startsWith('yes')).toBe(allowed)
  })

  test('it is stored when a door opens, once, and binds controllers to their accounts', () => {
    const { clusterRoles: all, clusterRoleBindings: bindings } = bootstrapPolicy()
    const revision = server.store.revision
    server.storeBootstrapRoles()
    expect(server.store.revision).toBe(revision)
    expect(server.client.list(clusterRoles).items).toHaveLength(all.length)
    expect(server.client.list(clusterRoleBindings).items).toHaveLength(bindings.length)
    const bound = server.client.get(clusterRoleBindings, { name: 'system:controller:job-controller' })
    expect(bound.subjects).toEqual([{ kind: 'ServiceAccount', name: 'job-controller', namespace: 'kube-system' }])
    const discovery = server.client.get(clusterRoles, { name: 'system:discovery' })
    expect(discovery.rules?.[0]?.nonResourceURLs?.slice(0, 4)).toEqual(['/api', '/api/*', '/apis', '/apis/*'])
    expect(discovery.metadata.labels).toEqual({ 'kubernetes.io/bootstrapping': 'rbac-defaults' })
  })

  test('a cluster with it draws names as one without', () => {
    const plain = createApiServer({ engine: new Engine({ seed: 1 }) })
    const name = { metadata: { name: 'lab2' }, spec: {} }
    for (const each of ['default', 'lab', 'kube-system', 'kube-public']) {
      plain.client.create(namespaces, { metadata: { name: each }, spec: {} })
    }
    expect(plain.client.create(namespaces, name).metadata.uid).toBe(server.client.create(namespaces, name).metadata.uid)
  })
})

describe('rules of a user', () => {
  test('are listed as they stand, cluster-wide ones first', () => {
    clusterRole('c', ['get', 'core', 'pods', 'x'])
    bind('b', 'ClusterRole c', 'User alice', 'lab')
    const { resourceRules, nonResourceRules, incomplete } = authorizer.rulesFor(alice, 'lab')
    expect(resourceRules.map(({ resources }) => resources)).toEqual([
      ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
      ['selfsubjectreviews'],
      ['pods'],
    ])
    expect(resourceRules[2]).toEqual({ verbs: ['get'], apiGroups: [''], resources: ['pods'], resourceNames: ['x'] })
    expect([nonResourceRules.length, incomplete]).toEqual([2, false])
    expect(authorizer.rulesFor(alice, 'default').resourceRules).toHaveLength(2)
  })
})

/** What the server answers alice. */
function write(verb: RequestVerb, type: ResourceType, body: object, name?: string, namespace = 'lab'): string {
  const isApply = verb === 'patch'
  const resource = server.registry.byType(type)
  try {
    server.requestHandler.handle({
      verb,
      resource,
      ...(type.namespaced ? { namespace } : {}),
      ...(name === undefined ? {} : { name }),
      query: new URLSearchParams(isApply ? 'fieldManager=alice' : ''),
      user: alice,
      userAgent: 'test',
      warn: () => {},
      body: {
        contentType: isApply ? 'application/apply-patch+yaml' : 'application/json',
        bytes: Buffer.from(JSON.stringify(body)),
      },
    })
    return 'ok'
  } catch (error) {
    if (error instanceof StatusError) return error.message
    throw error
  }
}

const ATTEMPT =
  'user "alice" (groups=["dev" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:'

test('a PUT or an apply that creates needs the right to create, once the object is valid', () => {
  const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'l' } }
  const refused =
    'leases.coordination.k8s.io "l" is forbidden: User "alice" cannot create resource "leases" in API group ' +
    '"coordination.k8s.io" in the namespace "lab"'
  expect(write('patch', leases, lease, 'l')).toBe(refused)
  expect(write('update', leases, lease, 'l')).toBe(refused)
  expect(write('update', leases, { ...lease, spec: { leaseDurationSeconds: 0 } }, 'l')).toContain(
    'must be greater than 0',
  )
  clusterRole('makes', ['create', 'coordination.k8s.io', 'leases'])
  bind('makes', 'ClusterRole makes', 'User alice', 'lab')
  expect([
    write('patch', leases, lease, 'l'),
    write('update', leases, { ...lease, metadata: { name: 'm' } }, 'm'),
  ]).toEqual(['ok', 'ok'])
})

describe('nobody grants what they do not hold', () => {
  const role = (...rules: readonly Rule[]): object => ({ metadata: { name: 'r' }, rules: rules.map(rule) })
  const binding = (kind: string, name: string): object => ({
    metadata: { name: 'b' },
    roleRef: { apiGroup: GROUP, kind, name },
    subjects: [{ kind: 'User', name: 'bob', apiGroup: GROUP }],
  })

  beforeEach(() => {
    clusterRole('mine', ['get list', 'core', 'pods'], ['get', 'apps', 'deployments', 'web'], ['get', 'url', '/logs/*'])
    bind('mine', 'ClusterRole mine', 'User alice')
  })

  test('a role of what alice holds', () => {
    expect(write('create', roles, role(['get', 'core', 'pods']))).toBe('ok')
    expect(write('create', roles, { ...role(['get', 'apps', 'deployments', 'web']), metadata: { name: 'web' } })).toBe(
      'ok',
    )
    expect(write('create', clusterRoles, role(['get', 'url', '/logs/a']))).toBe('ok')
  })

  test('what is missing is named, verbs of one resource together, sorted', () => {
    const wanted = role(['get create', 'core apps', 'pods secrets'], ['list', 'core', 'nodes', 'n'])
    expect(write('create', roles, wanted)).toBe(
      `roles.rbac.authorization.k8s.io "r" is forbidden: ${ATTEMPT}\n` +
        '{APIGroups:[""], Resources:["nodes"], ResourceNames:["n"], Verbs:["list"]}\n' +
        '{APIGroups:[""], Resources:["pods"], Verbs:["create"]}\n' +
        '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "create"]}\n' +
        '{APIGroups:["apps"], Resources:["pods"], Verbs:["get" "create"]}\n' +
        '{APIGroups:["apps"], Resources:["secrets"], Verbs:["get" "create"]}',
    )
  })

  test('a right to one object is none to all of them', () => {
    expect(write('create', roles, role(['get', 'apps', 'deployments']))).toBe(
      `roles.rbac.authorization.k8s.io "r" is forbidden: ${ATTEMPT}\n{APIGroups:["apps"], Resources:["deployments"], Verbs:["get"]}`,
    )
    expect(write('create', clusterRoles, role(['get', 'url', '/metrics']))).toBe(
      `clusterroles.rbac.authorization.k8s.io "r" is forbidden: ${ATTEMPT}\n{NonResourceURLs:["/metrics"], Verbs:["get"]}`,
    )
  })

  test('updates are checked, but for finalizers and owners alone', () => {
    server.client.create(roles, {
      metadata: { name: 'r', namespace: 'lab' },
      rules: [rule(['get', 'core', 'secrets'])],
    })
    const stored = server.client.get(roles, { namespace: 'lab', name: 'r' })
    expect(
      write('update', roles, { ...stored, rules: [...(stored.rules ?? []), rule(['get', 'core', 'pods'])] }, 'r'),
    ).toContain(ATTEMPT)
    const held = { ...stored, metadata: { ...stored.metadata, finalizers: ['lab/hold'] } }
    expect(write('update', roles, held, 'r')).toBe('ok')
  })

  test('bindings grant what their role has', () => {
    expect(write('create', clusterRoleBindings, binding('ClusterRole', 'mine'))).toBe('ok')
    expect(write('create', roleBindings, binding('ClusterRole', 'cluster-admin'))).toBe(
      `rolebindings.rbac.authorization.k8s.io "b" is forbidden: ${ATTEMPT}\n` +
        '{APIGroups:["*"], Resources:["*"], Verbs:["*"]}\n{NonResourceURLs:["*"], Verbs:["*"]}',
    )
    expect(write('create', roleBindings, binding('Role', 'gone'))).toBe(
      'rolebindings.rbac.authorization.k8s.io "gone" not found',
    )
  })

  test('bind and escalate are rights of their own', () => {
    clusterRole('granter', ['bind', GROUP, 'clusterroles', 'view'], ['escalate', GROUP, 'roles'])
    bind('granter', 'ClusterRole granter', 'User alice', 'lab')
    expect(write('create', roleBindings, binding('ClusterRole', 'view'))).toBe('ok')
    expect(write('create', roles, role(['*', '*', '*']))).toBe('ok')
    expect(write('create', clusterRoleBindings, binding('ClusterRole', 'view'))).toContain(ATTEMPT)
  })

  test('aggregation takes everything to grant', () => {
    const aggregated = {
      metadata: { name: 'all' },
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] },
    }
    expect(write('create', clusterRoles, aggregated)).toBe(
      'clusterroles.rbac.authorization.k8s.io "all" is forbidden: must have cluster-admin privileges to use an aggregationRule',
    )
    bind('root', 'ClusterRole cluster-admin', 'User alice')
    expect(write('create', clusterRoles, aggregated)).toBe('ok')
  })
})
