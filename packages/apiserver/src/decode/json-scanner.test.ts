import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonSyntaxError, scanJson } from './json-scanner.ts'

function syntaxError(text: string): string {
  try {
    scanJson(text)
    return ''
  } catch (error) {
    if (error instanceof JsonSyntaxError) return error.message
    throw error
  }
}

describe('JSON', () => {
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(scanJson(text).value).toEqual(JSON.parse(text))
      }),
      { seed: 7 },
    )
  })

  it('accepts exactly what JSON.parse accepts', () => {
    const characters = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      'a',
      '\\',
      'u',
      '0',
      '1',
      '-',
      '.',
      'e',
      ' ',
      't',
      'true',
      'null',
    )
    const accepts = (text: string): boolean => {
      try {
        JSON.parse(text)
        return true
      } catch {
        return false
      }
    }
    fc.assert(
      fc.property(fc.array(characters, { maxLength: 12 }), (parts) => {
        const text = parts.join('')
        expect(syntaxError(text) === '', text).toBe(accepts(text))
      }),
      { seed: 7, numRuns: 2000 },
    )
  })

  it.each([
    ['{"a":1,', 'unexpected end of JSON input'],
    ['', 'unexpected end of JSON input'],
    ['hello', "invalid character 'h' looking for beginning of value"],
    ['{"a":"b",}', "invalid character '}' looking for beginning of object key string"],
    ['{}x', "invalid character 'x' after top-level value"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b"}', `invalid character '"' after object key:value pair`],
    ['[1 2]', "invalid character '2' after array element"],
    ['[tru]', "invalid character ']' in literal true (expecting 'e')"],
    ['"\\x"', "invalid character 'x' in string escape code"],
    ['[1.]', "invalid character ']' after decimal point in numeric literal"],
    ["['a']", "invalid character '\\'' looking for beginning of value"],
    ['é', "invalid character 'Ã' looking for beginning of value"],
    ['[1 😀]', "invalid character 'ð' after array element"],
    ['\u0001', "invalid character '\\x01' looking for beginning of value"],
    ['[01]', "invalid character '1' after array element"],
  ])('says of %s: %s', (text, message) => {
    expect(syntaxError(text)).toBe(message)
  })

  it('sees keys that come twice and merges them as Go does', () => {
    expect(scanJson('{"data":{"a":"1"},"list":[{"b":1,"b":2}],"data":{"b":"2"}}')).toEqual({
      value: { data: { a: '1', b: '2' }, list: [{ b: 2 }] },
      duplicates: ['list[0].b', 'data'],
      depth: 3,
    })
  })

  it('treats __proto__ as any key', () => {
    const value = scanJson('{"__proto__":{"polluted":true},"a":{"__proto__":1,"__proto__":2}}').value as object
    expect(Object.hasOwn(value, '__proto__')).toBe(true)
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect('polluted' in {}).toBe(false)
  })

  it('reads 10,000 levels and no more', () => {
    expect(syntaxError('['.repeat(10_000) + ']'.repeat(10_000))).toBe('')
    expect(syntaxError('['.repeat(10_001))).toBe("invalid character '[' exceeded max depth")
    expect(syntaxError('{"a":'.repeat(1_000_000))).toBe("invalid character '{' exceeded max depth")
  })
})
