// The scripts of examples/, run as a reader runs them but in this process.

import type { LoadReport } from '@podwire/sim'
import { expect, test } from 'vitest'

interface RollingUpdate {
  readonly rollout: (options: {
    readonly preStop: boolean
    readonly seed?: number
  }) => Promise<readonly { readonly node: string; readonly report: LoadReport }[]>
}

test('rolling-update: without a preStop sleep requests are lost to pods the rules still have; with one none is', async () => {
  const path = new URL('../examples/rolling-update.mjs', import.meta.url).href
  const { rollout } = (await import(path)) as RollingUpdate
  const [without, withSleep] = [await rollout({ preStop: false }), await rollout({ preStop: true })]
  expect(without.map(({ node }) => node)).toEqual(['node-1', 'node-2', 'node-3'])
  for (const { node, report } of without) {
    expect(report.lost.length).toBeGreaterThan(0)
    expect(report.answered + report.lost.length).toBe(report.requests)
    for (const lost of report.lost) {
      const { sentUs, signalledUs = 0, syncedUs = 0 } = lost
      if (lost.code === 'empty-reply') {
        // Under way when the pod was told to stop: cut off, and no fault of the rules.
        expect(sentUs, JSON.stringify(lost)).toBeLessThan(signalledUs)
        continue
      }
      expect(['ECONNREFUSED', 'ETIMEDOUT'], JSON.stringify(lost)).toContain(lost.code)
      expect(lost.node).toBe(node)
      expect(lost.pod, JSON.stringify(lost)).toMatch(/^default\/web-/)
      // Told to stop, then asked, and only then gone from the rules of this node.
      expect(sentUs, JSON.stringify(lost)).toBeGreaterThanOrEqual(signalledUs)
      expect(syncedUs, JSON.stringify(lost)).toBeGreaterThan(sentUs)
    }
  }
  expect(without[0]?.report.explain()).toMatch(
    /the rules of node-1 led to 10\.244\.\d\.\d+:80 \(default\/web-\S+\), told to stop at \d+\.\d{3}s, \d+\.\d{3}s before those rules were synced:\n/,
  )
  for (const { report } of withSleep) {
    expect(report.requests).toBeGreaterThan(1000)
    expect(report.explain()).toBe(`${report.requests} requests, ${report.requests} answered, 0 lost\n`)
  }
}, 60_000)
