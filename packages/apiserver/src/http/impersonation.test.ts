import { describe, expect, test } from 'vitest'
import type { Attributes, Authorizer } from './authorization.ts'
import { Impersonation, wantedUser } from './impersonation.ts'

const robot = {
  name: 'system:serviceaccount:lab:robot',
  groups: ['system:serviceaccounts'],
  extra: { 'authentication.kubernetes.io/node-name': ['node-1'] },
}
const alice = { name: 'alice', groups: ['system:authenticated'] }

const LIST_PODS: Attributes = {
  kind: 'resource',
  verb: 'list',
  group: '',
  resource: 'pods',
  subresource: '',
  namespace: 'lab',
  name: '',
}

function asked(attributes: Attributes): string {
  if (attributes.kind === 'path') return `${attributes.verb} ${attributes.path}`
  const { verb, group, resource, subresource, name } = attributes
  return `${verb} ${group}/${resource}${subresource === '' ? '' : `/${subresource}`} ${name}`.trim()
}

/** Allows what is listed, `verb group/resource name`. */
function allowing(...rights: readonly string[]): Authorizer {
  return {
    mode: 'RBAC',
    authorize: (_user, attributes) => ({ allowed: rights.includes('*') || rights.includes(asked(attributes)) }),
    rulesFor: () => ({ resourceRules: [], nonResourceRules: [], incomplete: false }),
  }
}

type Headers = Parameters<typeof wantedUser>[0]

function act(rights: readonly string[], headers: Headers, caller: typeof alice | typeof robot = alice): unknown {
  const wanted = wantedUser(headers)
  if (wanted === undefined) return undefined
  try {
    return new Impersonation(allowing(...rights)).user(caller, wanted, LIST_PODS)
  } catch (error) {
    return error instanceof Error ? error.message : error
  }
}

const GROUP = 'authentication.k8s.io'
const bob: Headers = { 'impersonate-user': ['bob'] }

describe('who a request is made as', () => {
  test.each<[string, Headers, unknown]>([
    ['a user is authenticated', bob, { name: 'bob', groups: ['system:authenticated'] }],
    [
      'groups as given, one a header',
      { ...bob, 'impersonate-group': ['a, b', 'c'] },
      { name: 'bob', groups: ['a, b', 'c', 'system:authenticated'] },
    ],
    [
      'unless said otherwise',
      { ...bob, 'impersonate-group': ['system:unauthenticated'] },
      { name: 'bob', groups: ['system:unauthenticated'] },
    ],
    [
      'anonymous',
      { 'impersonate-user': ['system:anonymous'] },
      { name: 'system:anonymous', groups: ['system:unauthenticated'] },
    ],
    [
      'a service account has its groups',
      { 'impersonate-user': ['system:serviceaccount:lab:robot'] },
      {
        name: 'system:serviceaccount:lab:robot',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:lab', 'system:authenticated'],
      },
    ],
    [
      'a node has its group',
      { 'impersonate-user': ['system:node:node-1'] },
      { name: 'system:node:node-1', groups: ['system:nodes', 'system:authenticated'] },
    ],
    [
      'uid and extra',
      { ...bob, 'impersonate-uid': ['7'], 'impersonate-extra-acme.com%2fteam': ['x', 'y'] },
      { name: 'bob', uid: '7', groups: ['system:authenticated'], extra: { 'acme.com/team': ['x', 'y'] } },
    ],
    ['nobody', {}, undefined],
  ])('%s', (_, headers, expected) => expect(act(['*'], headers)).toEqual(expected))
})

test.each<[Headers, string]>([
  [{ 'impersonate-group': ['dev'] }, 'UID:"", Groups:[]string{"dev"}, Extra:map[string][]string(nil)}'],
  [{ 'impersonate-uid': ['7'] }, 'UID:"7", Groups:[]string(nil), Extra:map[string][]string(nil)}'],
  [
    { 'impersonate-extra-b': ['2'], 'impersonate-extra-a': ['1'] },
    'UID:"", Groups:[]string(nil), Extra:map[string][]string{"a":[]string{"1"}, "b":[]string{"2"}}}',
  ],
])('without a user’s name: %o', (headers, rest) => {
  const message = `requested &user.DefaultInfo{Name:"", ${rest} without impersonating a user name`
  expect(() => wantedUser(headers)).toThrow(message)
})

describe('what it takes', () => {
  const single = 'impersonate-on:user-info:list /pods'
  const none =
    'pods is forbidden: User "alice" cannot impersonate-on:user-info:list resource "pods" in API group "" in the namespace "lab"'
  test.each<[string, readonly string[], Headers, unknown]>([
    ['nothing allowed', [], bob, none],
    ['the old right', ['impersonate /users bob'], bob, { name: 'bob', groups: ['system:authenticated'] }],
    ['the old right to another', ['impersonate /users carol'], bob, none],
    ['the old right without the group', ['impersonate /users bob'], { ...bob, 'impersonate-group': ['g'] }, none],
    [
      'a single action',
      [single, `impersonate:user-info ${GROUP}/users bob`],
      bob,
      { name: 'bob', groups: ['system:authenticated'] },
    ],
    [
      'a single action, another user',
      [single],
      bob,
      `users.${GROUP} "bob" is forbidden: User "alice" cannot impersonate:user-info resource "users" in API group "${GROUP}" at the cluster scope`,
    ],
    [
      'masters only by the old right',
      [single, `impersonate:user-info ${GROUP}/users bob`],
      { ...bob, 'impersonate-group': ['system:masters'] },
      `groups.${GROUP} "system:masters" is forbidden: User "alice" cannot impersonate:user-info resource "groups" in API group "${GROUP}" at the cluster scope: impersonating the system:masters group is not allowed`,
    ],
    [
      'keys of extra have a domain',
      [single, `impersonate:user-info ${GROUP}/users bob`],
      { ...bob, 'impersonate-extra-team': ['x'] },
      `userextras.${GROUP} is forbidden: User "alice" cannot impersonate:user-info resource "userextras" in API group "${GROUP}" at the cluster scope: impersonating an invalid key in extra is not allowed: extra.key: Invalid value: "team": must be a domain-prefixed path (such as "acme.io/foo")`,
    ],
    [
      'a service account',
      [],
      { 'impersonate-user': ['system:serviceaccount:lab:x'] },
      'pods is forbidden: User "alice" cannot impersonate-on:serviceaccount:list resource "pods" in API group "" in the namespace "lab"',
    ],
  ])('%s', (_, rights, headers, expected) => expect(act(rights, headers)).toEqual(expected))

  test('a pod’s account may act as its own node, and no other', () => {
    const rights = ['impersonate-on:associated-node:list /pods', `impersonate:associated-node ${GROUP}/nodes *`]
    const own = { 'impersonate-user': ['system:node:node-1'] }
    expect(act(rights, own, robot)).toMatchObject({ name: 'system:node:node-1' })
    expect(act(rights, { 'impersonate-user': ['system:node:node-2'] }, robot)).toContain(
      'impersonate-on:arbitrary-node:list',
    )
  })

  test('the way that worked last is tried first, and its refusal is told', () => {
    const impersonation = new Impersonation(allowing('impersonate /users bob'))
    impersonation.user(alice, { name: 'bob' }, LIST_PODS)
    expect(() => impersonation.user(alice, { name: 'carol' }, LIST_PODS)).toThrow(
      'users "carol" is forbidden: User "alice" cannot impersonate resource "users" in API group "" at the cluster scope',
    )
  })
})
