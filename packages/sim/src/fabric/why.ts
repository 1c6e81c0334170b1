// Why a flow ended as it did, in one sentence: what the deciding rule says of itself, or the fact that stopped the packet.

import { assertNever } from '@podwire/engine'
import type { Flow, FlowStep } from './flow.ts'

/** `REJECT: demo/web has no endpoints`, `delivered to pod/default/web-0 as tcp 10.244.1.5:8080` */
export function whyFlow(flow: Flow): string {
  const { original, delivered, onward } = flow
  const target = `${original.protocol} ${addressOf(delivered ?? original)}`
  const last = flow.steps.at(-1)
  switch (flow.outcome) {
    case 'delivered': {
      const to = `delivered to ${flow.receiver ?? 'its receiver'} as ${target}`
      return onward === undefined ? to : `${to}, whose proxy carried it on: ${whyFlow(onward)}`
    }
    case 'closed':
      return `refused: nobody listens on ${target} of ${flow.receiver ?? 'the receiver'}`
    case 'rejected':
      return `REJECT: ${last === undefined ? 'a rule answered' : reasonOf(last)}`
    case 'dropped':
      return `DROP: ${last === undefined ? 'a rule took it away' : reasonOf(last)}`
    case 'no-route':
      return `no route to ${addressOf(original)}${last === undefined ? '' : ` from ${last.place}${leftBehind(flow.steps)}`}`
    case 'host-down':
      return `host unreachable: ${last?.at === 'arp' ? last.what : 'it is down'}`
    default:
      return assertNever(flow.outcome, 'flow outcome')
  }
}

/** Of a packet that left the cluster as it was sent: a port a Service does not have, an address nobody has. */
function leftBehind(steps: readonly FlowStep[]): string {
  const isOut = steps.at(-1)?.place === 'external' && steps.some(({ place }) => place.startsWith('node/'))
  return isOut ? ': no Service or pod of the cluster has this address and port' : ''
}

/** The comment of a rule of either tool, else what the step says. */
function reasonOf({ at, what }: FlowStep): string {
  const comment = /--comment "([^"]*)"/.exec(what)?.[1] ?? /comment "([^"]*)"/.exec(what)?.[1]
  return comment ?? (at === 'ipvs' ? `ipvs, ${what}` : what)
}

function addressOf({ destination, destinationPort, protocol }: Flow['original']): string {
  if (protocol === 'icmp') return destination
  return destination.includes(':') ? `[${destination}]:${destinationPort}` : `${destination}:${destinationPort}`
}
