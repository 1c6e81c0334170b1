import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TaskQueue, type ScheduledTask } from './queue.ts'

/** Takes everything off a queue, as the order of labels. */
function drain(queue: TaskQueue): string[] {
  const labels: string[] = []
  for (let task = queue.pop(); task !== undefined; task = queue.pop()) labels.push(task.label)
  return labels
}

describe('task queue', () => {
  test('tasks of one moment leave in the order they came', () => {
    const queue = new TaskQueue()
    for (const label of ['a', 'b', 'c', 'd', 'e']) queue.push(7, label, () => {})
    expect(drain(queue)).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  test('property: tasks leave by time, then by arrival', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { maxLength: 200 }), (times) => {
        const queue = new TaskQueue()
        times.forEach((timeUs, index) => queue.push(timeUs, String(index), () => {}))
        const expected = times
          .map((timeUs, index) => ({ timeUs, index }))
          .sort((a, b) => a.timeUs - b.timeUs || a.index - b.index)
          .map(({ index }) => String(index))
        expect(drain(queue)).toEqual(expected)
      }),
    )
  })

  test('property: what is due soon and what is due late leave in order, whenever they came', () => {
    const step = fc.record({ delayUs: fc.oneof(fc.nat(3), fc.nat(2000), fc.nat(5_000_000)), takes: fc.nat(3) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const queue = new TaskQueue()
        const waiting: ScheduledTask[] = []
        let nowUs = 0
        const take = (): void => {
          waiting.sort((a, b) => a.timeUs - b.timeUs || a.sequence - b.sequence)
          const expected = waiting.shift()
          expect(queue.nextTimeUs()).toBe(expected?.timeUs ?? Infinity)
          expect(queue.peek()?.sequence).toBe(expected?.sequence)
          expect(queue.pop()?.sequence).toBe(expected?.sequence)
          nowUs = expected?.timeUs ?? nowUs
        }
        for (const { delayUs, takes } of steps) {
          waiting.push(queue.push(nowUs + delayUs, 'x', () => {}))
          for (let i = 0; i < takes; i++) take()
        }
        while (waiting.length > 0) take()
        expect(queue.size).toBe(0)
      }),
    )
  })

  test('property: cancelling takes out exactly the cancelled tasks and disturbs no other', () => {
    const step = fc.record({
      timeUs: fc.oneof(fc.nat(10), fc.nat(3000)),
      cancel: fc.boolean(),
      background: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const queue = new TaskQueue()
        const tasks = steps.map(({ timeUs, background }, index) =>
          queue.push(timeUs, String(index), () => {}, background ? 'background' : 'foreground'),
        )
        const kept: { task: ScheduledTask; index: number }[] = []
        tasks.forEach((task, index) => {
          if (steps[index]?.cancel === true) {
            expect(queue.cancel(task)).toBe(true)
            expect(queue.cancel(task)).toBe(false)
            expect(task.pending).toBe(false)
          } else kept.push({ task, index })
        })
        expect(queue.size).toBe(kept.length)
        expect(queue.foreground).toBe(kept.filter(({ task }) => task.kind === 'foreground').length)
        const expected = kept.sort((a, b) => a.task.timeUs - b.task.timeUs || a.index - b.index)
        expect(queue.pending().map((task) => task.label)).toEqual(expected.map(({ index }) => String(index)))
        expect(drain(queue)).toEqual(expected.map(({ index }) => String(index)))
      }),
    )
  })

  test('property: a task that ran cannot be cancelled any more', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5), { minLength: 1, maxLength: 50 }), (times) => {
        const queue = new TaskQueue()
        const tasks = times.map((timeUs) => queue.push(timeUs, 'x', () => {}))
        drain(queue)
        expect(tasks.map((task) => queue.cancel(task))).toEqual(tasks.map(() => false))
        expect(queue.foreground).toBe(0)
      }),
    )
  })

  test('property: a task pushed again leaves as a new one would', () => {
    const step = fc.record({ timeUs: fc.nat(10), background: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const [queue, fresh] = [new TaskQueue(), new TaskQueue()]
        const used = steps.map((_, index) => queue.push(0, String(index), () => {}))
        drain(queue)
        steps.forEach(({ timeUs, background }, index) => {
          const kind = background ? 'background' : 'foreground'
          const task = used[index]
          if (task !== undefined) queue.pushAgain(task, timeUs, kind)
          fresh.push(timeUs, String(index), () => {}, kind)
        })
        const [first] = used
        if (first !== undefined) expect(() => queue.pushAgain(first, 0, 'foreground')).toThrow('waits for nothing')
        expect(queue.foreground).toBe(fresh.foreground)
        expect(drain(queue)).toEqual(drain(fresh))
      }),
    )
  })
})
