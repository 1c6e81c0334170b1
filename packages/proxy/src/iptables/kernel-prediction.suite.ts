// What a dialler of the kernel's network must see according to our evaluator, whichever tool's rules it walks.

import { Engine } from '@podwire/engine'
import type { HookRules } from '../dataplane/hook-rules.ts'
import { NodeDataPlane } from '../dataplane/node-data-plane.ts'
import { Packet } from '../dataplane/packet.ts'
import { BACKENDS, CLIENT_ADDRESS, NODE_ADDRESS } from './kernel.suite.ts'

export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** What our evaluator, with these rules, expects a dialler of `KernelNetwork` to see: its outcomes, sorted, in the dialler's words. */
export function predictDial(
  hooks: HookRules,
  from: 'client' | 'node',
  destination: string,
  destinationPort: number,
): readonly string[] {
  const rules = { hooks: () => hooks, udpGeneration: 0, isStale: () => false }
  const engine = new Engine({ seed: 1 })
  const isLocal = (address: string): boolean =>
    [NODE_ADDRESS, '10.244.0.1'].includes(address) || address.startsWith('127.')
  const deviceTo = (address: string): string => {
    const backend = BACKENDS.findIndex((known) => known === address)
    return backend >= 0 ? `pod${backend}` : isLocal(address) ? 'lo' : 'eth0'
  }
  const plane = new NodeDataPlane({
    clock: engine.clock,
    random: engine.random.fork('test'),
    nodeName: 'node-1',
    stack: {
      isLocal,
      interfaceAddress: (device) => (device === 'eth0' ? NODE_ADDRESS : device === 'lo' ? '127.0.0.1' : '10.244.0.1'),
    },
    rules: () => rules,
  })
  const source = from === 'client' ? CLIENT_ADDRESS : isLocal(destination) ? destination : NODE_ADDRESS
  const seen = new Set<string>()
  for (let i = 0; i < 64; i++) {
    const packet = new Packet({ protocol: 'tcp', source, sourcePort: 40_000 + i, destination, destinationPort })
    packet.inInterface = from === 'client' ? 'eth0' : ''
    let verdict = from === 'client' ? plane.prerouting(packet) : plane.output(packet)
    packet.outInterface = deviceTo(packet.destination)
    if (verdict.kind === 'accept' && from === 'client') {
      verdict = isLocal(packet.destination) ? plane.input(packet) : plane.forward(packet)
    }
    if (verdict.kind === 'accept') verdict = plane.postrouting(packet)
    if (verdict.kind === 'reject') seen.add('ECONNREFUSED')
    else if (verdict.kind === 'drop') seen.add('TIMEOUT')
    else seen.add(`${packet.destination} ${packet.source}`)
  }
  return [...seen].sort(byText)
}
