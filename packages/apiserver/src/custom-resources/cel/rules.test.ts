import { describe, expect, test } from 'vitest'
import type { ValidationRule } from '../../objects/index.ts'
import type { KubeObject } from '../../objects/kube-object.ts'
import type { Schema } from '../schema/walk.ts'
import { compileRule } from './compile-rule.ts'
import { customRules, hasRules } from './compiled-rules.ts'

const SPEC: Schema = {
  type: 'object',
  properties: {
    size: { type: 'integer' },
    ratio: { type: 'number' },
    color: { type: 'string' },
    when: { type: 'string', format: 'date-time' },
    wait: { type: 'string', format: 'duration' },
    port: { 'x-kubernetes-int-or-string': true },
    tags: { type: 'array', items: { type: 'string' } },
    pairs: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['k'],
      items: { type: 'object', properties: { k: { type: 'string' }, v: { type: 'integer' } } },
    },
    limits: { type: 'object', additionalProperties: { type: 'string' } },
    'dashed-name': { type: 'string' },
    nil: { type: 'string', nullable: true },
    free: { 'x-kubernetes-preserve-unknown-fields': true },
  },
}

const FULL = {
  size: 3,
  ratio: 0.5,
  color: 'red',
  when: '2026-01-01T00:00:00Z',
  wait: '90s',
  port: 'http',
  tags: ['a', 'b'],
  pairs: [
    { k: 'x', v: 1 },
    { k: 'y', v: 2 },
  ],
  limits: { cpu: '500m' },
  'dashed-name': 'd',
  nil: null,
}

function schemaWith(rule: Partial<ValidationRule>, schema: Schema = SPEC): Schema {
  return {
    type: 'object',
    properties: { spec: { ...schema, 'x-kubernetes-validations': [{ rule: 'true', ...rule }] } },
  }
}

/** What a rule on spec says of a value, and of a change from an old one. */
function told(rule: Partial<ValidationRule>, spec: unknown, old?: unknown, schema: Schema = SPEC): readonly string[] {
  const rules = customRules(schemaWith(rule, schema))()
  const object = (value: unknown): KubeObject =>
    ({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' }, spec: value }) as unknown as KubeObject
  const errors = rules?.validate(object(spec), old === undefined ? undefined : object(old), () => {}) ?? []
  return errors.map(({ field, body }) => `${field}: ${body}`)
}

describe('rules that hold', () => {
  test.each([
    'self.size == 3 && self.size > 2 && self.size in [1, 2, 3]',
    'self.ratio < 1.0 && self.size > self.ratio',
    "self.color.matches('^(?i)R') && self.color.matches('^r') && self.color.startsWith('re')",
    "self.when > timestamp('2025-01-01T00:00:00Z') && self.when.getFullYear() == 2026",
    "self.wait > duration('1m')",
    "self.port == 'http' && type(self.port) == string",
    "self.tags.all(t, t.size() == 1) && self.tags.exists(t, t == 'a') && size(self.tags) == 2",
    "self.pairs.map(p, p.v).sum() == 3 && self.pairs.filter(p, p.v > 1)[0].k == 'y'",
    "'cpu' in self.limits && self.limits['cpu'] == '500m' && self.limits.cpu == '500m'",
    "quantity(self.limits.cpu).isLessThan(quantity('1')) && isQuantity('1Gi') && !isQuantity('x')",
    "self.dashed__dash__name == 'd'",
    '!has(self.nil)',
    "has(self.pairs[0].v) && has(self.limits.cpu) && !has(self.limits.memory) && 'has(x)' != ''",
    "has(self.color) && self.?color.orValue('') == 'red'",
    "self.tags.isSorted() && self.tags.max() == 'b' && self.tags.indexOf('b') == 1",
    "sets.contains(self.tags, ['a']) && !sets.intersects(self.tags, ['z']) && sets.equivalent(self.tags, ['b', 'a'])",
    "self.color.replace('r', 'b').upperAscii() == 'BED' && self.color.charAt(0) == 'r'",
    "'%s is %d'.format([self.color, self.size]) == 'red is 3'",
    "'a1b22'.find('[0-9]+') == '1' && 'a1b22'.findAll('[0-9]+') == ['1', '22']",
    "ip('10.1.2.3').family() == 4 && cidr('10.0.0.0/8').containsIP('10.1.2.3') && !isIP('x') && ip('::1').isLoopback()",
    "url('https://a.b:81/c?d=e').getHost() == 'a.b:81' && url('https://a.b/c').getEscapedPath() == '/c' && !isURL('x')",
    'self.pairs.all(i, p, p.v == i + 1) && self.limits.exists(k, v, k == "cpu" && v == "500m")',
    'self.pairs.transformList(i, p, i > 0, p.k) == ["y"] && self.limits.transformMap(k, v, k + v)["cpu"] == "cpu500m"',
    "self.pairs.sortBy(p, -p.v)[0].k == 'y' && self.tags.reverse() == ['b', 'a']",
    'self.pairs + self.pairs == self.pairs && self.pairs == [self.pairs[1], self.pairs[0]]',
    "semver('v1.2', true).isLessThan(semver('1.2.1')) && !isSemver('1.2')",
    "!format.dns1123Label().validate(self.color).hasValue() && format.named('shoe') == optional.none()",
    'self.size > 0 ? true : false',
  ])('%s', (rule) => {
    expect(compileRule({ rule }, SPEC, false)).not.toHaveProperty('error')
    expect(told({ rule }, FULL)).toEqual([])
  })
})

describe('a rule that does not hold is told', () => {
  test.each<[rule: Partial<ValidationRule>, words: string]>([
    [{ rule: 'self.size < 2' }, 'spec: Invalid value: failed rule: self.size < 2'],
    [{ rule: 'self.size < 2', message: 'too large' }, 'spec: Invalid value: too large'],
    [
      { rule: 'self.size < 2', messageExpression: "'at most 1, not ' + string(self.size)", message: 'x' },
      'spec: Invalid value: at most 1, not 3',
    ],
    [{ rule: 'self.size < 2', message: 'x', messageExpression: "''" }, 'spec: Invalid value: x'],
    [{ rule: 'self.size < 2', fieldPath: '.size', message: 'x' }, 'spec.size: Invalid value: x'],
    [{ rule: 'self.size < 2', reason: 'FieldValueForbidden', message: 'x' }, 'spec: Forbidden: x'],
    [{ rule: 'self.size < 2', reason: 'FieldValueRequired', message: 'x' }, 'spec: Required value: x'],
    [{ rule: 'self.size < 2', reason: 'FieldValueDuplicate', message: 'x' }, 'spec: Duplicate value'],
    [
      { rule: "self.limits['memory'] == ''" },
      `spec: Invalid value: "object": no such key: memory evaluating rule: self.limits['memory'] == ''`,
    ],
    [
      { rule: "self.tags[7] == ''", message: 'seven' },
      'spec: Invalid value: "object": index out of bounds: 7 evaluating rule: seven',
    ],
    [
      { rule: 'int(self.color) > 1' },
      `spec: Invalid value: "object": type conversion error from 'string' to 'int' evaluating rule: int(self.color) > 1`,
    ],
    [
      { rule: "quantity('x').isInteger()" },
      'spec: Invalid value: "object": quantities must match the regular expression \'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$\' ' +
        "evaluating rule: quantity('x').isInteger()",
    ],
    [
      { rule: 'self.size / 0 == 1' },
      'spec: Invalid value: "object": division by zero evaluating rule: self.size / 0 == 1',
    ],
  ])('%j', (rule, words) => {
    expect(told(rule, FULL)).toEqual([words])
  })

  test('with its value where that is a scalar', () => {
    expect(told({ rule: 'self < 2' }, 3, undefined, { type: 'integer' })).toEqual([
      'spec: Invalid value: 3: failed rule: self < 2',
    ])
  })
})

describe('rules that cost too much', () => {
  const numbers: Schema = { type: 'object', properties: { n: { type: 'array', items: { type: 'integer' } } } }
  const nested = 'self.n.all(a, self.n.all(b, a + b > 0))'
  const many = (count: number): object => ({ n: Array.from({ length: count }, () => 1) })

  test('stop at a million units, and no rule runs after them', () => {
    expect(told({ rule: nested }, many(100), undefined, numbers)).toEqual([])
    expect(told({ rule: nested, message: 'slow' }, many(500), undefined, numbers)).toEqual([
      `spec: Invalid value: "object": 'operation cancelled: actual cost limit exceeded': no further validation rules will be ` +
        'run due to call cost exceeds limit for rule: slow',
    ])
  })

  test('share a budget of ten millions', () => {
    const rules = { rule: nested.replace('> 0', '> 1') }
    const schema: Schema = { ...numbers, 'x-kubernetes-validations': Array.from({ length: 20 }, () => rules) }
    const object = { apiVersion: 'v1', kind: 'W', metadata: { name: 'w' }, spec: many(330) } as unknown as KubeObject
    const found = customRules({ type: 'object', properties: { spec: schema } })()?.validate(object, undefined, () => {})
    expect(found?.map(({ body }) => body)).toEqual([
      'Invalid value: "object": validation failed due to running out of cost budget, no further validation rules will be run',
    ])
  })
})

describe('transition rules', () => {
  const rule = { rule: 'self.size >= oldSelf.size', message: 'never smaller' }

  test('run where there is an old value', () => {
    expect(told(rule, { size: 1 })).toEqual([])
    expect(told(rule, { size: 1 }, { size: 2 })).toEqual(['spec: Invalid value: never smaller'])
    expect(told(rule, { size: 2 }, { size: 2 })).toEqual([])
  })

  test('run always where oldSelf is optional', () => {
    const optional = { rule: '!oldSelf.hasValue() || oldSelf.value().size < self.size', optionalOldSelf: true }
    expect(told(optional, { size: 1 })).toEqual([])
    expect(told(optional, { size: 1 }, { size: 1 })).toHaveLength(1)
    expect(told(optional, { size: 2 }, { size: 1 })).toEqual([])
  })

  test('correspond by key in keyed lists', () => {
    const schema: Schema = {
      type: 'object',
      properties: {
        pairs: {
          ...SPEC.properties?.['pairs'],
          items: {
            type: 'object',
            properties: { k: { type: 'string' }, v: { type: 'integer' } },
            'x-kubernetes-validations': [{ rule: 'self.v >= oldSelf.v' }],
          },
        },
      },
    }
    const pairs = (...values: readonly (readonly [string, number])[]): object => ({
      pairs: values.map(([k, v]) => ({ k, v })),
    })
    expect(told({}, pairs(['b', 1], ['a', 1]), pairs(['a', 2], ['b', 1]), schema)).toEqual([
      'spec.pairs[1]: Invalid value: failed rule: self.v >= oldSelf.v',
    ])
  })
})

test('what did not change may go on breaking a rule that came later', () => {
  const rule = { rule: 'self.size < 2' }
  expect(told(rule, { size: 3 }, { size: 3 })).toEqual([])
  expect(told(rule, { size: 3 }, { size: 4 })).toHaveLength(1)
})

describe('a rule that does not compile says where', () => {
  test.each<[rule: string, error: string]>([
    [
      'self.a >',
      "compilation failed: ERROR: <input>:1:9: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', " +
        "'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}\n | self.a >\n | ........^",
    ],
    ['self.nope == 1', "compilation failed: ERROR: <input>:1:5: undefined field 'nope'\n | self.nope == 1\n | ....^"],
    [
      "self.size == 'x'",
      "compilation failed: ERROR: <input>:1:11: found no matching overload for '_==_' applied to '(int, string)'\n" +
        " | self.size == 'x'\n | ..........^",
    ],
    ['has(self.nope)', "compilation failed: ERROR: <input>:1:4: undefined field 'nope'\n | has(self.nope)\n | ...^"],
    [
      'other == 1',
      "compilation failed: ERROR: <input>:1:1: undeclared reference to 'other' (in container '')\n | other == 1\n | ^",
    ],
    [
      'self.free.x == 1',
      "compilation failed: ERROR: <input>:1:5: undefined field 'free'\n | self.free.x == 1\n | ....^",
    ],
    ['self.size', 'cel expression must evaluate to a bool'],
    [
      'self.size == 1 && self.a == 1 || self.b',
      "compilation failed: ERROR: <input>:1:23: undefined field 'a'\n | self.size == 1 && self.a == 1 || self.b\n | " +
        '......................^\n' +
        "ERROR: <input>:1:38: undefined field 'b'\n | self.size == 1 && self.a == 1 || self.b\n | " +
        '.....................................^',
    ],
    ["int('x') == 1", "program instantiation failed: type conversion error from 'string' to 'int'"],
  ])('%s', (rule, error) => {
    expect(compileRule({ rule }, SPEC, false).error).toBe(error)
  })

  test('and so does its message', () => {
    expect(compileRule({ rule: 'true', messageExpression: '1' }, SPEC, false).messageError).toBe(
      'messageExpression must evaluate to a string',
    )
  })
})

test('of a whole object rules see kind, version and names', () => {
  const schema: Schema = { type: 'object', 'x-kubernetes-validations': [{ rule: "self.metadata.name == 'w'" }] }
  expect(compileRule({ rule: "self.kind == 'Widget' && self.metadata.name == 'w'" }, schema, true)).not.toHaveProperty(
    'error',
  )
  expect(compileRule({ rule: "'a' in self.metadata.labels" }, schema, true).error).toMatch(/undefined field 'labels'/)
  expect([hasRules(schema), hasRules(SPEC)]).toEqual([true, false])
})
