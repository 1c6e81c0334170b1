import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MILLISECOND, SECOND } from '../clock.ts'
import { Engine } from '../engine.ts'
import { topic } from '../bus.ts'
import { PodwireError } from '../errors.ts'
import { PausableEngine } from '../pausable-engine.ts'
import type { Due } from '../task-heap.ts'
import { VirtualTimeDriver } from './virtual-time.ts'

const happened = topic<{ readonly what: string }>('test.happened', (digest, { what }) => digest.text(what))

function world(seed = 1): { engine: Engine; driver: VirtualTimeDriver } {
  const engine = new Engine({ seed })
  return { engine, driver: new VirtualTimeDriver(engine) }
}

describe('virtual time', () => {
  test('a wait may have a limit: it ends there, and what is never scheduled ends at once', async () => {
    const { engine, driver } = world()
    const limit = { action: 'wait for Godot', limitUs: 10 * SECOND, remedy: 'Go home.' }
    expect(
      await driver.wait(
        engine.sleep(10 * SECOND, 'in time').then(() => 'came'),
        limit,
      ),
    ).toBe('came')
    const late = driver.wait(engine.sleep(11 * SECOND, 'late'), limit)
    await expect(late).rejects.toThrow('Failed to wait for Godot: after 10s of virtual time it has not ended. Go home.')
    expect(engine.clock.now()).toBe(10 * SECOND)
    await driver.advance(2 * SECOND)
    const never = driver.wait(new Promise(() => {}), limit)
    await expect(never).rejects.toThrow('nothing is scheduled any more')
  })

  test('advance runs what is due and stops at its end', async () => {
    const { engine, driver } = world()
    const seen: number[] = []
    for (const delay of [5, 10, 11]) engine.schedule(delay, 'task', () => seen.push(engine.clock.now()))
    await driver.advance(10)
    expect(seen).toEqual([5, 10])
    expect(engine.clock.now()).toBe(10)
  })

  test('an object that is due does its work like a function, and waits like one while its part of the simulation stands still', async () => {
    const { engine, driver } = world()
    const part = new PausableEngine(engine)
    const seen: string[] = []
    const due = (name: string): Due => ({ due: () => seen.push(`${name} at ${engine.clock.now()}`) })
    engine.scheduleDue(5, 'task', due('first'))
    part.scheduleDue(6, 'task', due('second'))
    engine.cancel(engine.scheduleDue(7, 'task', due('cancelled')))
    const taken = part.scheduleDue(8, 'task', due('taken back'))
    part.pause()
    await driver.advance(10)
    expect(seen).toEqual(['first at 5'])
    part.cancel(taken)
    part.resume()
    await driver.settle()
    expect(seen).toEqual(['first at 5', 'second at 10'])
  })

  test('settle waits for foreground work only, and runs background work that is due meanwhile', async () => {
    const { engine, driver } = world()
    const seen: string[] = []
    const beat = (): void => {
      seen.push('beat')
      engine.schedule(10, 'heartbeat', beat, 'background')
    }
    engine.schedule(10, 'heartbeat', beat, 'background')
    engine.schedule(25, 'work', () => seen.push('work'))
    await driver.settle()
    expect(seen).toEqual(['beat', 'beat', 'work'])
  })

  test('settle names what never comes to rest', async () => {
    const { engine, driver } = world()
    const again = (): void => void engine.schedule(SECOND, 'busy controller', again)
    again()
    await expect(driver.settle({ limitUs: 5 * SECOND })).rejects.toThrow(
      'Failed to settle: after 5s of virtual time there is still work: busy controller. Use advance()',
    )
  })

  test('a component that schedules itself again at once is named when the budget of steps is used up', async () => {
    const { engine, driver } = world()
    const again = (): void => void engine.schedule(0, 'busy controller', again)
    again()
    const beat = (): void => void engine.schedule(SECOND, 'heartbeat', beat, 'background')
    beat()
    await expect(driver.settle({ steps: 5000 })).rejects.toThrow(
      'Failed to settle: after 5000 steps there is still no end, and this keeps scheduling: busy controller (1000 of the last 1000). ' +
        'Look for work that schedules itself again without a delay',
    )
    expect(engine.clock.now()).toBe(0)
  })

  test('what two components do to each other for ever is named by both', async () => {
    const { engine, driver } = world()
    const ping = (): void => void engine.schedule(MILLISECOND, 'ping', pong)
    const pong = (): void => void engine.schedule(MILLISECOND, 'pong', ping)
    ping()
    await expect(driver.settle({ steps: 100, limitUs: 3600 * SECOND })).rejects.toThrow(
      /keeps scheduling: (ping|pong) \(500 of the last 1000\), (ping|pong) \(500 of the last 1000\)\./,
    )
  })

  test('a run that has ended so can go on afterwards', async () => {
    const { engine, driver } = world()
    let busy = true
    const again = (): void => {
      if (busy) engine.schedule(0, 'busy controller', again)
    }
    again()
    await expect(driver.settle({ steps: 10 })).rejects.toThrow('busy controller')
    busy = false
    await driver.settle()
    expect(engine.queue.size).toBe(0)
  })

  test('equal runs make equal turns, and can be interrupted at each', async () => {
    const run = async (interruption?: { readonly turn: number; readonly seen: number[] }): Promise<number[]> => {
      const { engine, driver } = world()
      const seen: number[] = []
      const workload = async (): Promise<void> => {
        for (let i = 0; i < 3; i++) {
          await engine.sleep(5, 'workload')
          seen.push(driver.turns)
        }
      }
      engine.touchAsync()
      void workload()
      if (interruption !== undefined) driver.interruptAt(interruption.turn, () => interruption.seen.push(...seen))
      await driver.advance(100)
      return seen
    }
    const turns = await run()
    expect(await run()).toEqual(turns)
    const seen: number[] = []
    await run({ turn: turns[1] ?? 0, seen })
    expect(seen).toEqual(turns.slice(0, 2))
  })

  test('promise chains run to their end before time moves', async () => {
    const { engine, driver } = world()
    const seen: string[] = []
    const workload = async (): Promise<void> => {
      await engine.sleep(5, 'workload')
      for (let i = 0; i < 20; i++) await Promise.resolve()
      seen.push(`workload at ${engine.clock.now()}`)
    }
    engine.schedule(0, 'start', () => {
      engine.touchAsync()
      void workload()
    })
    engine.schedule(6, 'later', () => seen.push('later'))
    await driver.advance(10)
    expect(seen).toEqual(['workload at 5', 'later'])
  })

  test('wait moves time as far as a promise needs', async () => {
    const { engine, driver } = world()
    const answer = driver.wait(engine.sleep(3 * MILLISECOND, 'reply').then(() => 'hello'))
    expect(await answer).toBe('hello')
    expect(engine.clock.now()).toBe(3 * MILLISECOND)
  })

  test('wait says so when nothing can settle the promise', async () => {
    const { driver } = world()
    await expect(driver.wait(new Promise(() => {}))).rejects.toThrow(PodwireError)
  })

  test('time stands still while it is held', async () => {
    const { engine, driver } = world()
    const seen: string[] = []
    engine.schedule(1, 'outside', () => {
      const release = engine.hold()
      setTimeout(() => {
        seen.push(`released at ${engine.clock.now()}`)
        release()
      }, 1)
    })
    engine.schedule(2, 'next', () => seen.push('next'))
    await driver.advance(5)
    expect(seen).toEqual(['released at 1', 'next'])
  })

  test('moving time from two places at once is a mistake', async () => {
    const { engine, driver } = world()
    engine.schedule(1, 'x', () => engine.touchAsync())
    const first = driver.advance(10)
    await expect(driver.advance(10)).rejects.toThrow('time is already moving')
    await first
  })

  test('a call that was not awaited has moved time before the next one begins', async () => {
    const { engine, driver } = world()
    const first = driver.advance(10)
    expect(engine.clock.now()).toBe(10)
    await Promise.all([first, driver.advance(10)])
    expect(engine.clock.now()).toBe(20)
  })

  test('property: equal seeds and inputs give equal hashes, with or without subscribers', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.array(fc.nat(1000), { maxLength: 30 }), async (seed, delays) => {
        const run = async (observed: boolean): Promise<string> => {
          const { engine, driver } = world(seed)
          if (observed) engine.bus.subscribeAll(() => {})
          const random = engine.random.fork('test')
          for (const delay of delays) {
            engine.schedule(delay, 'task', () => engine.bus.publish(happened, { what: random.nameSuffix() }))
          }
          await driver.settle()
          return engine.bus.hash()
        }
        expect(await run(true)).toBe(await run(false))
      }),
      { numRuns: 30 },
    )
  })

  test('the hash tells different runs apart', async () => {
    const hashes = new Set<string>()
    for (const what of ['a', 'b', 'ab', 'ba', '']) {
      const { engine } = world()
      engine.bus.publish(happened, { what })
      hashes.add(engine.bus.hash())
    }
    expect(hashes.size).toBe(5)
  })
})
