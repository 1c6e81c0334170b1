import { describe, expect, it } from 'vitest'
import { JsonSyntaxError } from './json-scanner.ts'
import { scanYaml } from './yaml.ts'

describe('YAML 1.1', () => {
  it.each([
    ['yes', true],
    ['on', true],
    ['y', true],
    ['Off', false],
    ['~', null],
    ['', null],
    ['010', 8],
    ['0o10', 8],
    ['0b11', 3],
    ['-0x1F', -31],
    ['1_000', 1000],
    ['08', 8],
    ['1e3', 1000],
    ['.5', 0.5],
    ['1:30', '1:30'],
    ['2001-01-01', '2001-01-01'],
    ['0xg', '0xg'],
    ['"yes"', 'yes'],
    ["'010'", '010'],
    ['!!str 5', '5'],
    ['!!int "5"', 5],
    ['!!binary aGk=', 'hi'],
    ['|\n  yes\n', 'yes\n'],
  ])('%s is %s', (text, value) => {
    expect(scanYaml(`a: ${text}`).value).toEqual({ a: value })
  })

  it.each([
    ['keys become texts', 'yes: 1\n2: b\n', { true: 1, 2: 'b' }],
    ['merge keys', 'base: &b {x: 1, z: 2}\nc: {<<: *b, z: 3}\n', { base: { x: 1, z: 2 }, c: { x: 1, z: 3 } }],
    ['aliases', 'a: &a [1]\nb: *a\n', { a: [1], b: [1] }],
    ['the first document alone', 'a: 1\n---\nb: 2\n', { a: 1 }],
    ['nothing', '# nothing\n', null],
  ])('reads %s', (_, text, value) => {
    expect(scanYaml(text).value).toEqual(value)
  })

  it.each([
    ['a: *nobody\n', "yaml: unknown anchor 'nobody' referenced"],
    ['a: .inf\n', 'json: unsupported value: +Inf'],
    ['a: [', 'yaml: line 1: did not find expected node content'],
    ['a: [b', "yaml: line 1: did not find expected ',' or ']'"],
    ['x: 1\na: {b: c, d\n', "yaml: line 2: did not find expected ',' or '}'"],
    ['a: {b: c d: e}', "yaml: did not find expected ',' or '}'"],
    ['a: }', 'yaml: did not find expected node content'],
    ["a: 'b'c", 'yaml: did not find expected key'],
    ['a: &x *x', 'yaml: did not find expected key'],
    ['a: b: c', 'yaml: mapping values are not allowed in this context'],
    ['a: b\n c: [', 'yaml: line 2: mapping values are not allowed in this context'],
    ['a: "b', 'yaml: found unexpected end of stream'],
    ['a: @b', 'yaml: found character that cannot start any token'],
    ['x: 1\na: %b', 'yaml: line 2: found character that cannot start any token'],
    ['*', 'yaml: did not find expected alphabetic or numeric character'],
    ['a: "\\z"', 'yaml: found unknown escape character'],
    ['a: "\\x4"', 'yaml: did not find expected hexdecimal number'],
    ['a: \0', 'yaml: control characters are not allowed'],
    ['a: !!int b', 'yaml: cannot decode !!str `b` as a !!int'],
    ['<<: 1', 'yaml: map merge requires map or sequence of maps as the value'],
    [
      `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'.replace(
        /./g,
        (k) =>
          `${k}: &${k} [${Array(9)
            .fill(`*${String.fromCharCode(k.charCodeAt(0) - 1)}`)
            .join(',')}]\n`,
      )}`,
      'yaml: document contains excessive aliasing',
    ],
  ])('refuses %s', (text, message) => {
    expect(() => scanYaml(text)).toThrow(new JsonSyntaxError(message))
  })

  it('says which keys came twice', () => {
    expect(scanYaml('a: 1\na: 2\n').duplicateText).toBe('yaml: unmarshal errors:\n  line 2: key "a" already set in map')
  })
})
