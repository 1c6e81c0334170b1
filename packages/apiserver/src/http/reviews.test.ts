import { describe, expect, it } from 'vitest'
import { StatusError } from '../status/status-error.ts'
import { ADMIN_USER, singleToken } from './authentication.ts'
import { bootstrapSource, rbacAuthorizer } from '../rbac/index.ts'
import { answerReview } from './reviews.ts'
import { REVIEWS } from './served-resources.ts'

const alice = { name: 'alice', uid: 'alice', groups: ['dev', 'system:authenticated'] }
const pods = { namespace: 'n', verb: 'get', resource: 'pods' }

function ask(
  resource: string,
  spec: object,
  user: typeof alice | typeof ADMIN_USER = alice,
  more: object = {},
): unknown {
  const review = REVIEWS.find((entry) => entry.resource === resource)
  if (review === undefined) return 'no such review'
  const context = {
    user,
    authorizer: rbacAuthorizer(bootstrapSource()),
    authenticator: singleToken('t'),
    timestamp: '2026-01-01T00:00:00Z',
  }
  try {
    const metadata = { ...(review.namespaced ? { namespace: 'n' } : {}), ...more }
    return (answerReview(review, { metadata, spec }, context) as { status: unknown }).status
  } catch (error) {
    return error instanceof StatusError ? error.message : error
  }
}

const INVALID = '.authorization.k8s.io "" is invalid: '

describe('reviews', () => {
  it.each<[string, string, object, unknown]>([
    ['alice may not', 'selfsubjectaccessreviews', { resourceAttributes: pods }, { allowed: false }],
    [
      'nothing asked',
      'selfsubjectaccessreviews',
      {},
      `${INVALID}spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified`,
    ],
    [
      'both asked',
      'selfsubjectaccessreviews',
      { resourceAttributes: pods, nonResourceAttributes: { path: '/', verb: 'get' } },
      `${INVALID}spec.nonResourceAttributes: Invalid value: {"Path":"/","Verb":"get"}: cannot be specified in combination with resourceAttributes`,
    ],
    [
      'by selectors nobody can read',
      'selfsubjectaccessreviews',
      {
        resourceAttributes: {
          ...pods,
          fieldSelector: { rawSelector: 'a in b' },
          labelSelector: {
            requirements: [
              { key: 'a', operator: 'Exists' },
              { key: 'b', operator: 'Gt' },
            ],
          },
        },
      },
      {
        allowed: false,
        evaluationError:
          'spec.resourceAttributes.fieldSelector ignored due to parse error; spec.resourceAttributes.labelSelector partially ignored due to parse error',
      },
    ],
    [
      'by fields that exist',
      'selfsubjectaccessreviews',
      { resourceAttributes: { ...pods, fieldSelector: { requirements: [{ key: 'a', operator: 'Exists' }] } } },
      { allowed: false, evaluationError: 'spec.resourceAttributes.fieldSelector ignored due to parse error' },
    ],
    ['another user', 'subjectaccessreviews', { user: 'bob', resourceAttributes: pods }, { allowed: false }],
    [
      'a group of masters',
      'subjectaccessreviews',
      { groups: ['system:masters'], resourceAttributes: pods },
      { allowed: true },
    ],
    [
      'nobody',
      'subjectaccessreviews',
      { resourceAttributes: pods },
      `${INVALID}spec.user: Invalid value: "": at least one of user or group must be specified`,
    ],
    [
      'another namespace',
      'localsubjectaccessreviews',
      { user: 'bob', resourceAttributes: { ...pods, namespace: 'x' } },
      `${INVALID}spec.resourceAttributes.namespace: Invalid value: "x": must match metadata.namespace`,
    ],
    [
      'nothing and nobody',
      'subjectaccessreviews',
      {},
      `${INVALID}[spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified, spec.user: Invalid value: "": at least one of user or group must be specified]`,
    ],
    [
      'a path in a namespace, for nobody',
      'localsubjectaccessreviews',
      { nonResourceAttributes: { path: '/', verb: 'get' } },
      `${INVALID}[spec.user: Invalid value: "": at least one of user or group must be specified, spec.nonResourceAttributes: Invalid value: {"Path":"/","Verb":"get"}: disallowed on this kind of request]`,
    ],
    [
      'selectors twice, and empty',
      'selfsubjectaccessreviews',
      {
        resourceAttributes: {
          ...pods,
          fieldSelector: { rawSelector: 'a=b', requirements: [{ operator: 'In' }, { key: 'a', operator: 'New' }] },
          labelSelector: {},
        },
      },
      `${INVALID}[spec.resourceAttributes.fieldSelector.rawSelector: Invalid value: "a=b": may not specified at the same time as requirements, spec.resourceAttributes.fieldSelector.requirements[0].key: Required value: must be specified, spec.resourceAttributes.fieldSelector.requirements[0].values: Required value: must be specified when \`operator\` is 'In' or 'NotIn', spec.resourceAttributes.labelSelector.requirements: Required value: when spec.resourceAttributes.labelSelector is specified, requirements or rawSelector is required]`,
    ],
    [
      'labels that are none',
      'selfsubjectaccessreviews',
      {
        resourceAttributes: {
          ...pods,
          labelSelector: { requirements: [{ key: 'a/', operator: 'Exists', values: ['-'] }] },
        },
      },
      expect.stringMatching(/requirements\[0\]\.values: Forbidden: may not .*requirements\[0\]\.key: .*values\[0\]: /),
    ],
    ['rules without a namespace', 'selfsubjectrulesreviews', {}, 'no namespace on request'],
    [
      'who am I',
      'selfsubjectreviews',
      {},
      { userInfo: { username: 'alice', uid: 'alice', groups: ['dev', 'system:authenticated'] } },
    ],
    ['a token nobody has', 'tokenreviews', { token: 'x' }, { user: {}, error: 'invalid bearer token' }],
    [
      'the token for somebody else',
      'tokenreviews',
      { token: 't', audiences: ['vault'] },
      { user: {}, error: 'invalid bearer token' },
    ],
    ['no token', 'tokenreviews', {}, 'token is required for TokenReview in authentication'],
    [
      'the token',
      'tokenreviews',
      { token: 't' },
      {
        authenticated: true,
        user: { username: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] },
        audiences: ['https://kubernetes.default.svc.cluster.local'],
      },
    ],
  ])('%s', (_name, resource, spec, expected) => {
    expect(ask(resource, spec)).toEqual(expected)
  })

  it('has no name', () => {
    expect(
      ask('selfsubjectaccessreviews', { resourceAttributes: pods }, alice, { name: 'x', labels: { a: 'b' } }),
    ).toBe(`${INVALID}metadata: Invalid value: {"name":"x","labels":{"a":"b"}}: must be empty`)
    expect(ask('localsubjectaccessreviews', { user: 'b', resourceAttributes: pods }, alice, { name: 'x' })).toBe(
      `${INVALID}metadata: Invalid value: {"name":"x","namespace":"n"}: must be empty except for namespace`,
    )
  })

  it('a master may, and sees the rule that says so', () => {
    expect(ask('selfsubjectaccessreviews', { resourceAttributes: pods }, ADMIN_USER)).toEqual({ allowed: true })
    expect(ask('selfsubjectrulesreviews', { namespace: 'n' }, ADMIN_USER)).toMatchObject({
      resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }, {}, {}],
      nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }, {}, {}],
      incomplete: false,
    })
  })
})
