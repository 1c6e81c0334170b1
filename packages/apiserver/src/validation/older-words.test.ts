import { expect, it, test } from 'vitest'
import { refusal, TestServer } from '../managed-fields/server.suite.ts'
import { deployments, services } from '../resources/served-types.ts'
import { duplicate, invalid, tooLong } from './field-errors.ts'
import type { FieldError } from './field-error.ts'
import { inOlderWords } from './older-words.ts'

const selector = { matchLabels: { b: '2', a: '$1' }, matchExpressions: [{ key: 'k', operator: 'In', values: ['v'] }] }

it.each<[string, FieldError, Readonly<Record<number, string>>]>([
  [
    'a map of texts',
    invalid('f', { app: 'x' }, 'no'),
    { 33: 'Invalid value: map[string]string{"app":"x"}: no', 34: 'Invalid value: {"app":"x"}: no' },
  ],
  [
    'a list of texts',
    invalid('f', ['a', 'b'], 'no'),
    { 33: 'Invalid value: []string{"a", "b"}: no', 34: 'Invalid value: ["a","b"]: no' },
  ],
  [
    'a selector',
    invalid('f', selector, 'field is immutable'),
    {
      33:
        'Invalid value: v1.LabelSelector{MatchLabels:map[string]string{"a":"$1", "b":"2"}, MatchExpressions:' +
        '[]v1.LabelSelectorRequirement{v1.LabelSelectorRequirement{Key:"k", Operator:"In", Values:[]string{"v"}}}}: ' +
        'field is immutable',
    },
  ],
  [
    'a selector of labels alone',
    invalid('f', { matchLabels: { a: 'b' } }, 'no'),
    {
      33:
        'Invalid value: v1.LabelSelector{MatchLabels:map[string]string{"a":"b"}, ' +
        'MatchExpressions:[]v1.LabelSelectorRequirement(nil)}: no',
    },
  ],
  ['a text', duplicate('f', 'x'), { 20: 'Duplicate value: "x"', 36: 'Duplicate value: "x"' }],
  ['nothing', invalid('f', null, 'no'), { 33: 'Invalid value: "null": no', 34: 'Invalid value: null: no' }],
  [
    'a length',
    invalid('f', 'x', 'must be no more than 63 bytes'),
    {
      34: 'Invalid value: "x": must be no more than 63 characters',
      35: 'Invalid value: "x": must be no more than 63 bytes',
    },
  ],
  [
    'too long',
    tooLong('f', 63),
    { 31: 'Too long: must have at most 63 bytes', 32: 'Too long: may not be more than 63 bytes' },
  ],
])('%s', (_name, error, words) => {
  for (const [minor, body] of Object.entries(words)) expect(inOlderWords(error, Number(minor)).body).toBe(body)
})

test.each([
  [35, 'a DNS-1035 label must consist of'],
  [33, 'a DNS-1035 label must consist of'],
])('before 1.36 a Service name does not begin with a digit: 1.%i', (minor, text) => {
  const server = new TestServer(minor)
  const create = (name: string) => {
    const body = { metadata: { name }, spec: { ports: [{ port: 80 }] } }
    return server.call({ verb: 'create', type: services, body })
  }
  expect(refusal(() => create('1st')).message).toContain(text)
  expect(create('first').metadata.name).toBe('first')
})

test('the server words its refusals as its release did', () => {
  const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'c', image: 'i' }] } }
  const body = { metadata: { name: 'x' }, spec: { selector: { matchLabels: { app: 'y' } }, template } }
  const message = (minor: number): string =>
    refusal(() => new TestServer(minor).call({ verb: 'create', type: deployments, body })).message ?? ''
  expect(message(33)).toContain('spec.template.metadata.labels: Invalid value: map[string]string{"app":"x"}: ')
  expect(message(36)).toContain('spec.template.metadata.labels: Invalid value: {"app":"x"}: ')
})
