// The scripts of examples/, run as a reader runs them but in this process.

import type { LoadReport, LostRequest } from '@podwire/sim'
import { expect, test } from 'vitest'

interface Incident {
  readonly incident: (options: { readonly fixed: boolean; readonly seed?: number }) => Promise<{
    /** The requests that were lost, or how many. */
    readonly lost: readonly LostRequest[] | number
    readonly sentence: string
  }>
}

test.each([
  [
    'stale-kube-proxy',
    /^Clients on node-2 lost \d+ of \d+ requests and nobody else lost any: kube-proxy of node-2 does not write its rules \(its \/healthz says 503\), so they still lead to 10\.244\.\d\.\d+:80 \(default\/web-\S+\), which is gone\.$/,
    'Nothing was lost: every node had the new rules before the old pods were gone.',
  ],
  [
    'dns-conntrack',
    /^The forwarder lost \d+ of \d+ lookups: all its queries come from port 5353, and conntrack on node-1 kept leading that flow to 10\.244\.\d\.\d+ \(coredns-\S+\), which was dead, until kube-proxy saw it unready after \d+ s and removed the entry\.$/,
    /^None of \d+ lookups was lost: each try is a flow of its own, and half of them reach the other pod\.$/,
  ],
  [
    'traffic-policy-local',
    /^node-3 answered none of 20 requests \(20 lost, ETIMEDOUT\): the Service has externalTrafficPolicy: Local and node-3 has none of its pods, so its rules drop what comes from outside \(DROP: default\/web has no local endpoints\)\.$/,
    'Nothing was lost: the balancer sends to node-1 and node-2 only.',
  ],
  [
    'headless-dead-ips',
    /^The client lost \d+ of \d+ requests \(\w+, from \d+\.\d s on\): it looked the headless name db up once and keeps an address whose pod is gone, while DNS has long said 10\.244\.\d\.\d+ and 10\.244\.\d\.\d+\.$/,
    'Nothing was lost: the name is looked up for every request, and pods outlive the answers that name them.',
  ],
])(
  '%s: what went wrong in one sentence, and nothing does when it is fixed',
  async (name, wrong, right) => {
    const { incident } = (await import(new URL(`../examples/${name}.mjs`, import.meta.url).href)) as Incident
    const count = (lost: readonly LostRequest[] | number): number => (typeof lost === 'number' ? lost : lost.length)
    const [broken, fixed] = [await incident({ fixed: false }), await incident({ fixed: true })]
    expect(broken.sentence).toMatch(wrong)
    expect(count(broken.lost)).toBeGreaterThan(0)
    expect(fixed.sentence).toMatch(right)
    expect(count(fixed.lost)).toBe(0)
  },
  60_000,
)

interface RollingUpdate {
  readonly sentence: (reports: readonly { readonly report: LoadReport }[]) => string
  readonly rollout: (options: {
    readonly preStop: boolean
    readonly seed?: number
  }) => Promise<readonly { readonly node: string; readonly report: LoadReport }[]>
}

test('rolling-update: without a preStop sleep requests are lost to pods the rules still have; with one none is', async () => {
  const path = new URL('../examples/rolling-update.mjs', import.meta.url).href
  const { rollout, sentence } = (await import(path)) as RollingUpdate
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
  expect(sentence(without)).toMatch(
    /^\d+ of \d+ requests were lost: old pods were told to stop up to \d+ ms before the rules of a node left them out, and who asked/,
  )
  expect(sentence(withSleep)).toMatch(/^Nothing was lost: /)
  for (const { report } of withSleep) {
    expect(report.requests).toBeGreaterThan(1000)
    expect(report.explain()).toBe(`${report.requests} requests, ${report.requests} answered, 0 lost\n`)
  }
}, 60_000)
