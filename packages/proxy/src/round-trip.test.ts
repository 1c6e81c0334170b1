// Rules as text and back, for random clusters in both text modes and both families: dump(parse(dump(x))) is dump(x). And texts that
// somebody has broken: read, or refused with line and column, and nothing else.

import type { Node } from '@podwire/apiserver'
import { PodwireError } from '@podwire/engine'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { arbitraryFlags, arbitraryState } from './arbitrary-state.suite.ts'
import { parseIptablesSave } from './iptables/parse.ts'
import { iptablesSave } from './iptables/print.ts'
import type { KubeProxyOptions } from './kube-proxy/options.ts'
import { RulesRun, type ClusterState } from './kube-proxy/rules-run.ts'
import { parseNftRuleset } from './nftables/parse.ts'
import { nftListTable } from './nftables/print.ts'
import { sampleNode } from './sample-objects.suite.ts'

const NODE: Node = {
  ...sampleNode(1),
  spec: { podCIDRs: ['10.244.0.0/24', 'fd00:244::/64'] },
  status: { addresses: ['172.18.0.2', 'fd00:18::2'].map((address) => ({ type: 'InternalIP', address })) },
}
const FAMILIES = ['ipv4', 'ipv6'] as const

const MODES = {
  iptables: (text: string): string => iptablesSave(parseIptablesSave(text)),
  nftables: (text: string): string =>
    parseNftRuleset(text)
      .map((table) => nftListTable(table, (set) => set.elements()))
      .join(''),
} as const
type TextMode = keyof typeof MODES

function texts(proxyMode: TextMode, flags: KubeProxyOptions, state: ClusterState): readonly string[] {
  const run = new RulesRun({ node: NODE, options: { ...flags, proxyMode } })
  run.sync(state)
  return FAMILIES.map((family) => run.text(family))
}

test.each(['iptables', 'nftables'] as const)('%s: printing what was read gives the same text', (mode) => {
  fc.assert(
    fc.property(arbitraryFlags, arbitraryState, (flags, state) => {
      for (const text of texts(mode, flags, state)) expect(MODES[mode](text)).toBe(text)
    }),
    { numRuns: 40 },
  )
})

/** What becomes of a text that is read: nothing, or the refusal. */
function refusal(mode: TextMode, text: string): string | undefined {
  try {
    MODES[mode](text)
    return undefined
  } catch (error) {
    if (error instanceof PodwireError) return error.message
    throw error
  }
}

const damage = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.integer({ min: 0, max: 20 }),
  put: fc.constantFrom(
    '',
    ' ',
    '!',
    '"',
    '{',
    '}',
    '\n',
    ':',
    'x',
    '-m',
    ' -j ',
    '0',
    '999999',
    '/',
    '@',
    'é',
    '\t',
    ',',
  ),
})

test.each(['iptables', 'nftables'] as const)('%s: a broken text is refused with its place, or read', (mode) => {
  let refused = 0
  fc.assert(
    fc.property(
      arbitraryFlags,
      arbitraryState,
      fc.array(damage, { minLength: 1, maxLength: 3 }),
      (flags, state, all) => {
        for (const text of texts(mode, flags, state)) {
          const broken = all.reduce((part, { at, length, put }) => {
            const place = Math.floor(at * part.length)
            return part.slice(0, place) + put + part.slice(place + length)
          }, text)
          const message = refusal(mode, broken)
          if (message === undefined) continue
          refused++
          expect(message).toMatch(/line \d+, column \d+: /)
        }
      },
    ),
    { numRuns: 60 },
  )
  expect(refused).toBeGreaterThan(10)
})
