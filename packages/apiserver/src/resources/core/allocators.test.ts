import { PodwireError, Random } from '@podwire/engine'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createIpAllocator } from './ip-allocator.ts'
import { createPortAllocator } from './port-allocator.ts'

describe('addresses', () => {
  it('come from the dynamic band first', () => {
    const allocator = createIpAllocator('10.96.0.0/12')
    const random = new Random(3)
    for (let i = 0; i < 200; i++) {
      const [, , c = 0, d = 0] = (allocator.takeNext(random) ?? '').split('.').map(Number)
      expect(c > 0 || d >= 0).toBe(true)
    }
    expect(allocator.take('10.96.0.10')).toBeUndefined()
  })

  it('are all given before the range is full', () => {
    const allocator = createIpAllocator('10.0.0.0/27')
    const random = new Random(3)
    const given = new Set(Array.from({ length: 30 }, () => allocator.takeNext(random)))
    expect(given.size).toBe(30)
    expect(given.has('10.0.0.0') || given.has('10.0.0.31')).toBe(false)
    expect(allocator.takeNext(random)).toBeUndefined()
    allocator.release('10.0.0.7')
    expect(allocator.takeNext(random)).toBe('10.0.0.7')
  })

  it('start in the upper part of a small range', () => {
    const allocator = createIpAllocator('10.0.0.0/24')
    const first = allocator.takeNext(new Random(1)) ?? ''
    expect(Number(first.split('.')[3])).toBeGreaterThanOrEqual(16)
  })

  it.each([
    ['10.95.255.255', 'the provided network does not match the current range'],
    ['10.96.0.0', 'the provided network does not match the current range'],
    ['fd00::1', 'the provided network does not match the current range'],
    ['10.96.0.1', 'provided IP is already allocated'],
  ])('%s cannot be taken', (address, why) => {
    const allocator = createIpAllocator('10.96.0.0/12')
    allocator.take('10.96.0.1')
    expect(allocator.take(address)).toBe(why)
  })

  it('serve IPv6 ranges', () => {
    const allocator = createIpAllocator('fd00:10:96::/112')
    expect(allocator.take('fd00:10:96::a')).toBeUndefined()
    expect(allocator.takeNext(new Random(1))).toMatch(/^fd00:10:96::[0-9a-f]+$/)
  })

  it('are refused for something that is no range', () => {
    expect(() => createIpAllocator('10.96.0.0')).toThrow(PodwireError)
  })
})

describe('ports', () => {
  it.each([
    [29_999, 'provided port is not in the valid range. The range of valid ports is 30000-32767'],
    [-1, 'provided port is not in the valid range. The range of valid ports is 30000-32767'],
    [30_500, 'provided port is already allocated'],
  ])('%d cannot be taken', (port, why) => {
    const allocator = createPortAllocator('30000-32767')
    allocator.take(30_500)
    expect(allocator.take(port)).toBe(why)
  })

  it('come from above the static band until that is full', () => {
    const allocator = createPortAllocator('30000-32767')
    const random = new Random(5)
    const dynamic = Array.from({ length: 32_767 - 30_086 + 1 }, () => allocator.takeNext(random) ?? 0)
    expect(Math.min(...dynamic)).toBe(30_086)
    expect(allocator.takeNext(random)).toBeLessThan(30_086)
  })

  it('are refused for something that is no range', () => {
    expect(() => createPortAllocator('30000')).toThrow(PodwireError)
  })
})

describe('clones', () => {
  it('never see what the other takes or releases', () => {
    const port = fc.integer({ min: 30_000, max: 30_031 })
    const step = fc.record({ onClone: fc.boolean(), release: fc.boolean(), port })
    fc.assert(
      fc.property(fc.array(port), fc.array(step), (before, steps) => {
        const allocator = createPortAllocator('30000-30031')
        for (const taken of before) allocator.take(taken)
        const clone = allocator.clone()
        const sets = [new Set(before), new Set(before)] as const
        for (const { onClone, release, port: number } of steps) {
          const side = onClone ? clone : allocator
          const model = sets[onClone ? 1 : 0]
          if (release) {
            side.release(number)
            model.delete(number)
          } else {
            side.take(number)
            model.add(number)
          }
        }
        for (let number = 30_000; number <= 30_031; number++) {
          expect(allocator.has(number)).toBe(sets[0].has(number))
          expect(clone.has(number)).toBe(sets[1].has(number))
        }
      }),
      { seed: 7 },
    )
  })
})

describe('further ranges', () => {
  it('are used when the own one is full, once they are ready', () => {
    const allocator = createIpAllocator('10.0.0.0/28')
    const random = new Random(3)
    allocator.setFurtherRanges([{ cidr: '10.1.0.0/28', ready: false }])
    const own = Array.from({ length: 14 }, () => allocator.takeNext(random))
    expect(own.every((address) => address?.startsWith('10.0.0.'))).toBe(true)
    expect(allocator.takeNext(random)).toBeUndefined()
    expect(allocator.take('10.1.0.5')).toBe('the provided network does not match the current range')
    allocator.setFurtherRanges([{ cidr: '10.1.0.0/28', ready: true }])
    expect(allocator.takeNext(random)).toMatch(/^10\.1\.0\.\d+$/)
  })

  it('know what overlapping ones have given', () => {
    const allocator = createIpAllocator('10.0.0.0/28')
    allocator.take('10.0.0.5')
    allocator.setFurtherRanges([{ cidr: '10.0.0.0/24', ready: true }])
    expect(allocator.take('10.0.0.5')).toBe('provided IP is already allocated')
    expect(allocator.take('10.0.0.6')).toBeUndefined()
    expect(allocator.take('10.0.0.77')).toBeUndefined()
    allocator.setFurtherRanges([])
    expect(['10.0.0.5', '10.0.0.6', '10.0.0.77'].map((address) => allocator.has(address))).toEqual([true, true, false])
  })

  it('of a family the server does not serve give nothing', () => {
    const allocator = createIpAllocator('10.0.0.0/28')
    allocator.setFurtherRanges([{ cidr: 'fd00::/112', ready: true }])
    expect(allocator.take('fd00::1')).toBe('the provided network does not match the current range')
  })
})
