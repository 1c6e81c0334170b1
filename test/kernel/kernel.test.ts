// The real kernel as the referee of our rules and our evaluator, over named and generated cluster states: what we print is loaded,
// printed back, and met by real connections. Skipped with the reason where there is no root or no namespaces;
// PODWIRE_REFEREES=required makes that a failure. PODWIRE_KERNEL_SEED draws other states.

import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NAMED_STATES } from './named-states.ts'
import { KernelNetwork, whyNoKernel } from './network.ts'
import { Prediction } from './prediction.ts'
import { compareCounters, compile, connect, load, ours, printed, shares, trials, type Tool } from './referee.ts'
import { kernelEntries, ownEntries, whyNoPackets } from './sctp.ts'
import { clusterStates, PLAIN, type ClusterState } from './states.ts'

const SEED = Number(process.env['PODWIRE_KERNEL_SEED'] ?? 20_261_130)
const GENERATED = 60
/** Each the first with rules of its own kind. */
const RELEASES = ['1.16', '1.20', '1.21', '1.22', '1.24', '1.25', '1.27']

const reason = whyNoKernel()
if (reason !== undefined && process.env['PODWIRE_REFEREES'] === 'required') {
  test('the kernel referee is required', () => expect.fail(reason))
} else if (reason !== undefined) console.log(`skipped: kernel referee: ${reason}`)

async function judge(
  network: KernelNetwork,
  state: ClusterState,
  tool: Tool,
  name: string,
  sources = 5,
): Promise<void> {
  const compiled = compile(state, tool, name)
  await load(network, compiled)
  expect(await printed(network, compiled), 'the kernel prints what we print').toEqual(ours(compiled))
  const prediction = new Prediction(compiled.hooks, compiled.family)
  const about = `${tool}, ${JSON.stringify(state)}`
  const before = network.repeatedSyns()
  expect(await connect(network, trials(compiled, sources), prediction), `connections: ${about}`).toEqual([])
  const repeatedSyns = network.repeatedSyns() - before
  expect(await compareCounters(network, compiled, prediction, repeatedSyns), `counters: ${about}`).toEqual([])
}

describe.skipIf(reason !== undefined)('kernel referee', { timeout: 60_000 }, () => {
  const network = new KernelNetwork()
  beforeAll(() => network.open(), 60_000)
  afterAll(() => network.close())

  test.each(NAMED_STATES.map((row, i) => ({ ...row, i })))('$name', async ({ state, i }) => {
    for (const tool of ['iptables-nft', 'nft'] as const) await judge(network, state, tool, `named-${i}`)
  })

  // The layouts of older releases, one after the other.
  test.each(
    NAMED_STATES.flatMap((row, i) =>
      i % 3 === 0 ? [{ ...row, i, release: RELEASES[(i / 3) % RELEASES.length] }] : [],
    ),
  )('$name, as of $release', async ({ state, i, release }) => {
    await judge(network, { ...state, kubernetesVersion: `v${release}.0` }, 'iptables-nft', `old-${i}`, 3)
  })

  // A third of the states goes through the old iptables as well.
  const generated = fc.sample(clusterStates, { seed: SEED, numRuns: GENERATED }).map((state, i) => ({ state, i }))
  test.each(generated)(`state $i of seed ${SEED}`, async ({ state, i }) => {
    for (const tool of ['iptables-nft', 'nft'] as const) await judge(network, state, tool, `s${i}`, 3)
    if (i % 3 === 0) await judge(network, state, 'iptables-legacy', `old${i}`, 3)
  })

  test('iptables -L -n prints what we print', async () => {
    const busy = NAMED_STATES.find(({ name }) => name === 'both policies Local')
    const compiled = compile(busy?.state ?? { ...PLAIN, services: [] }, 'iptables-nft', 'listed')
    await load(network, compiled)
    for (const table of ['nat', 'filter'] as const) {
      expect(await network.run(`iptables-nft -t ${table} -L -n`)).toBe(compiled.list?.(table))
    }
  })

  test.each(['iptables-nft', 'nft'] as const)(
    '%s: SCTP is translated and tracked as ours (made packets: Node has no sockets of it)',
    async (tool) => {
      const missing = await whyNoPackets(network)
      if (missing !== undefined && process.env['PODWIRE_REFEREES'] !== 'required') {
        console.log(`skipped: SCTP of the kernel referee: ${missing}`)
        return
      }
      const endpoints = [{ who: 'pod0', condition: 'ready' }] as const
      const state: ClusterState = { ...PLAIN, services: [{ type: 'ClusterIP', ports: ['sctp 80'], endpoints }] }
      const compiled = compile(state, tool, 'sctp')
      await load(network, compiled)
      const said = await kernelEntries(network)
      expect(said).toEqual(ownEntries(compiled.hooks))
      expect(said.get('I')).toContain('CLOSED')
    },
  )

  test.each(['iptables-nft', 'nft'] as const)('%s: connections are spread evenly', async (tool) => {
    const endpoints = (['pod0', 'pod1', 'remote0'] as const).map((who) => ({ who, condition: 'ready' as const }))
    const state: ClusterState = { ...PLAIN, services: [{ type: 'ClusterIP', ports: ['tcp 80'], endpoints }] }
    const compiled = compile(state, tool, 'even')
    await load(network, compiled)
    const counts = await shares(network, compiled, 900)
    expect(counts.size).toBe(3)
    // 300 each, give or take five standard deviations of a binomial: 5 × √(900 × ⅓ × ⅔).
    for (const [endpoint, count] of counts) expect(Math.abs(count - 300), endpoint).toBeLessThan(71)
  })
})
