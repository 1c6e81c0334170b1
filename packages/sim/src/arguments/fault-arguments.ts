// What the calls of `cluster.faults` take. That a node, a pod or a component exists, and what a rate may be, is
// checked by the fault itself.

import type { CrashOptions, FaultOptions } from '../faults/index.ts'
import type { ContainerFaultOptions, DelayOptions, PartitionOptions } from '../faults/faults.ts'
import { options } from './options.ts'
import { anything, described, duration, either, flag, having, listOf, name, wholeNumber } from './shape.ts'
import { may, needs, takes, type Signature } from './signature.ts'

const FOR = { for: duration }
const IN_CONTAINER = { ...FOR, container: name }

const FAULT = takes(options<FaultOptions>(FOR))
const CONTAINER_FAULT = takes(options<ContainerFaultOptions>(IN_CONTAINER))
const CRASH = takes(
  options<CrashOptions & FaultOptions>({
    ...IN_CONTAINER,
    exitCode: wholeNumber(0, 255),
    signal: name,
    always: flag,
  }),
)

const NODE = needs('node', either(described('the name of a node', name), having('its handle', 'name')))
const POD = needs('pod', either(described('the name of a pod', name), having('its handle', 'namespace', 'name')))
const place = either(
  described("a place such as 'node-1', 'shop/web-0' or 'external'", name),
  having('a pod or a node', 'title'),
)
const places = (which: string): ReturnType<typeof needs> =>
  needs(which, either(listOf(place, 'a list of places'), place))
const RATE = needs('rate', anything)
const COMPONENT = needs('component', described("a component's name, such as 'kube-proxy/node-1'", name))

export const FAULT_CALLS: Readonly<Record<string, Signature>> = {
  nodeCrash: [NODE, FAULT],
  nodeFreeze: [NODE, FAULT],
  partition: [places('from'), places('to'), takes(options<PartitionOptions>({ ...FOR, oneWay: flag }))],
  packetLoss: [RATE, places('from'), places('to'), FAULT],
  delay: [
    needs('delay', duration),
    places('from'),
    places('to'),
    takes(options<DelayOptions>({ ...FOR, jitter: duration })),
  ],
  apiServerDown: [FAULT],
  watchCut: [COMPONENT, FAULT],
  watchDelay: [COMPONENT, needs('delay', duration), FAULT],
  kubeProxyNotSyncing: [NODE, FAULT],
  coreDnsPodLost: [may('pod', name), FAULT],
  containerCrash: [POD, CRASH],
  containerHang: [POD, CONTAINER_FAULT],
  failReadiness: [POD, CONTAINER_FAULT],
  failLiveness: [POD, CONTAINER_FAULT],
  failStartup: [POD, CONTAINER_FAULT],
  endAll: [],
  fault: [needs('number', either(wholeNumber(1), name))],
}
