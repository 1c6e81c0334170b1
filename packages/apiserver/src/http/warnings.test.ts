import { describe, expect, it } from 'vitest'
import { WarningCollector, warningHeader } from './warnings.ts'

describe('warnings', () => {
  it.each([
    ['plain', 'a b', '299 - "a b"'],
    ['quotes and backslashes', 'say "x\\y"', '299 - "say \\"x\\\\y\\""'],
    ['beyond ASCII, as UTF-8 bytes', 'é', '299 - "Ã©"'],
  ])('%s', (_name, text, header) => {
    expect(warningHeader(text)).toBe(header)
  })

  it.each(['a\nb', 'a\u0000b', '\ud800'])('leaves out %j, which no header can carry', (text) => {
    const warnings = new WarningCollector()
    warnings.add(text)
    expect(warnings.headers()).toEqual([])
  })

  it('says each text once, in order', () => {
    const warnings = new WarningCollector()
    for (const text of ['b', 'a', 'b', '']) warnings.add(text)
    expect(warnings.headers()).toEqual(['299 - "b"', '299 - "a"'])
  })

  it('cuts texts only when all together are too long', () => {
    const warnings = new WarningCollector()
    warnings.add('x'.repeat(3000))
    expect(warnings.headers()[0]).toHaveLength(3000 + '299 - ""'.length)
    warnings.add('y'.repeat(3000))
    expect(warnings.headers().map((text) => text.length)).toEqual([264, 264])
  })
})
