import { describe, expect, it } from 'vitest'
import { replicaSet } from '../resources/apps/replica-set.ts'
import { job } from '../resources/batch/job.ts'
import { configMap } from '../resources/core/config-map.ts'
import { eventsEvent } from '../resources/events/events-event.ts'
import { pod } from '../resources/pods/pod.ts'
import type { Pod } from '../objects/index.ts'
import type { Resource } from '../resources/resource.ts'
import { refusal } from '../resources/strategy-run.suite.ts'
import { formatSelector, parseLabelSelector } from './label-selector.ts'
import { formatLabelSelector, matchesLabels, matchesLabelSelector } from './label-selector-object.ts'
import { parseFieldSelector } from './field-selector.ts'

const labels = { tier: 'web', env: 'dev', n: '7' }

describe('label selectors', () => {
  it.each([
    ['', true, ''],
    ['tier=web', true, 'tier=web'],
    ['tier==web,env=dev', true, 'env=dev,tier==web'],
    ['tier!=web', false, 'tier!=web'],
    ['missing!=x', true, 'missing!=x'],
    ['env in (prod, dev)', true, 'env in (dev,prod)'],
    ['env notin (dev)', false, 'env notin (dev)'],
    ['missing notin (dev)', true, 'missing notin (dev)'],
    ['env', true, 'env'],
    ['!env', false, '!env'],
    ['tier=', false, 'tier='],
    ['n>5', true, 'n>5'],
    ['n<5', false, 'n<5'],
    ['in in (in)', false, 'in in (in)'],
  ])('%j', (text, matches, printed) => {
    const selector = parseLabelSelector(text)
    expect(selector.matches(labels)).toBe(matches)
    expect(formatSelector(selector)).toBe(printed)
  })

  it.each([
    ['a,,b', "found ',', expected: identifier after ','"],
    ['a===b', "unable to parse requirement: found '=', expected: identifier"],
    ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['a=b c', "found 'c', expected: ',' or 'end of string'"],
    ['a b=c', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['=a', "found '=', expected: !, identifier, or 'end of string'"],
  ])('%j is refused', (text, message) => {
    expect(refusal(() => parseLabelSelector(text))).toBe(message)
  })
})

describe('LabelSelector objects', () => {
  it.each([
    ['none matches nothing', undefined, false, '<none>'],
    ['an empty one matches everything', {}, true, '<none>'],
    ['labels', { matchLabels: { tier: 'web' } }, true, 'tier=web'],
    [
      'expressions',
      { matchExpressions: [{ key: 'env', operator: 'NotIn', values: ['b', 'a'] }] },
      true,
      'env notin (a,b)',
    ],
    [
      'both',
      { matchLabels: { tier: 'web' }, matchExpressions: [{ key: 'x', operator: 'DoesNotExist' }] },
      true,
      'tier=web,!x',
    ],
    ['an unknown operator', { matchExpressions: [{ key: 'env', operator: 'Is' }] }, false, '<error>'],
  ])('%s', (_, selector, matches, printed) => {
    expect(matchesLabelSelector(selector, labels)).toBe(matches)
    expect(formatLabelSelector(selector)).toBe(printed)
  })

  it('never finds what objects inherit', () => {
    expect(matchesLabels({ toString: 'x' }, {})).toBe(false)
    expect(parseLabelSelector('toString').matches({})).toBe(false)
    expect(matchesLabels({ tier: 'web' }, labels)).toBe(true)
  })
})

describe('field selectors', () => {
  const object: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a', namespace: 'default', uid: 'u', resourceVersion: '1', creationTimestamp: 't' },
    spec: { containers: [], nodeName: 'node-1' },
    status: { phase: 'Running' },
  }
  const podResource = pod as unknown as Resource
  const configMapResource = configMap as unknown as Resource
  const jobResource = job as unknown as Resource
  const eventResource = eventsEvent as unknown as Resource
  const replicaSetResource = replicaSet as unknown as Resource

  it.each([
    ['', true],
    ['metadata.name=a', true],
    ['spec.nodeName==node-1,status.phase!=Failed', true],
    ['spec.host=node-1', true],
    ['spec.nodeName=', false],
    ['metadata.namespace=other', false],
  ])('%j', (text, matches) => {
    expect(parseFieldSelector(text, podResource).matches(object)).toBe(matches)
  })

  it.each([
    ['spec.foo=1', podResource, 'field label not supported: spec.foo'],
    ['spec.x=1', jobResource, 'field label "spec.x" not supported for Job'],
    ['source=a', eventResource, 'field label not supported: source'],
    [
      'status.replicas=1',
      replicaSetResource,
      '"status.replicas" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ],
    ['metadata.name=a=b', podResource, 'invalid field selector: unescaped character in value: 61'],
    ['abc', podResource, "invalid selector: 'abc'; can't understand 'abc'"],
    ['toString=1', podResource, 'field label not supported: toString'],
    [
      'spec.x=1',
      configMapResource,
      '"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ],
  ])('%j is refused', (text, resource, message) => {
    expect(refusal(() => parseFieldSelector(text, resource))).toBe(message)
  })
})
