import { describe, expect, test } from 'vitest'
import { MILLISECOND, SECOND } from '../clock.ts'
import { Engine } from '../engine.ts'
import { RealTimeDriver } from './real-time.ts'

/** A hand-moved monotonic clock. */
function handClock(): { nowMs: number; read: () => number } {
  const clock = { nowMs: 1000, read: () => clock.nowMs }
  return clock
}

describe('real time', () => {
  test('virtual time follows the wall clock times the speed, and what is due runs in order before an entry', () => {
    const engine = new Engine()
    const clock = handClock()
    using driver = new RealTimeDriver(engine, { speed: 10, monotonicMs: clock.read })
    const seen: string[] = []
    engine.schedule(30 * MILLISECOND, 'late', () => seen.push('late'))
    engine.schedule(10 * MILLISECOND, 'soon', () => seen.push('soon'))
    clock.nowMs += 2
    expect(driver.enter(() => engine.clock.now())).toBe(20 * MILLISECOND)
    expect(seen).toEqual(['soon'])
    clock.nowMs += 1
    driver.enter(() => seen.push('entered'))
    expect(seen).toEqual(['soon', 'late', 'entered'])
  })

  test('a task due in real time runs by itself', async () => {
    const engine = new Engine()
    using _driver = new RealTimeDriver(engine, { speed: 1000 })
    await engine.sleep(SECOND, 'one virtual second, one real millisecond')
    expect(engine.clock.now()).toBeGreaterThanOrEqual(SECOND)
  })

  test('what is due within a millisecond runs at the end of the turn, in order, with its own times, and waits no longer', async () => {
    const engine = new Engine()
    const clock = handClock()
    using driver = new RealTimeDriver(engine, { monotonicMs: clock.read })
    const seen: string[] = []
    const note = (name: string): void => void seen.push(`${name} at ${engine.clock.now()}`)
    const hop = (name: string): void => {
      engine.schedule(200, name, () => {
        note(`${name} hops`)
        engine.schedule(200, name, () => note(`${name} is back`))
        engine.schedule(900, name, () => note('too late'))
      })
    }
    driver.enter(() => hop('a'))
    driver.enter(() => hop('b'))
    expect(seen).toEqual([])
    await new Promise((resolve) => void setImmediate(resolve))
    expect(seen).toEqual(['a hops at 200', 'b hops at 200', 'a is back at 400', 'b is back at 400'])
  })

  test('async work sees the moment it was woken at, not a later one', async () => {
    const engine = new Engine()
    using _driver = new RealTimeDriver(engine, { speed: 1000 })
    const seen: number[] = []
    const first = engine.sleep(SECOND, 'first').then(() => seen.push(engine.clock.now()))
    await Promise.all([first, engine.sleep(5 * SECOND, 'second')])
    expect(seen[0]).toBeLessThan(5 * SECOND)
  })

  test('a task that throws is reported and the others go on', () => {
    const engine = new Engine()
    const clock = handClock()
    const errors: unknown[] = []
    using driver = new RealTimeDriver(engine, { monotonicMs: clock.read, onError: (error) => errors.push(error) })
    let ran = false
    engine.schedule(1, 'bad', () => {
      throw new TypeError('bad task')
    })
    engine.schedule(2, 'good', () => {
      ran = true
    })
    clock.nowMs += 10
    driver.enter(() => {})
    expect(errors).toHaveLength(1)
    expect(ran).toBe(true)
  })

  test('after it is stopped, nothing runs any more', () => {
    const engine = new Engine()
    const clock = handClock()
    const driver = new RealTimeDriver(engine, { monotonicMs: clock.read })
    let ran = false
    engine.schedule(1, 'x', () => {
      ran = true
    })
    driver[Symbol.dispose]()
    clock.nowMs += 10
    driver.enter(() => {})
    expect(ran).toBe(false)
  })
})
