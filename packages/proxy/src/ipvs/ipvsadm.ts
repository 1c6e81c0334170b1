// ipvsadm on a node: lists what its kernel holds, and changes it. What is changed by hand stays until kube-proxy's next sync puts it
// right: every sync period, or when something changes. Source: ipvsadm 1.31; the kernel's answers by ip_vs_ctl.c.

import { SECOND, type Microseconds } from '@podwire/engine'
import { familyOf } from '../addresses/ip.ts'
import type { IpvsState } from './ipvs-state.ts'
import type { NodeIpvs } from './node-ipvs.ts'
import { inOrder, ipvsadmList, timeoutList } from './print.ts'
import {
  ipvsadmSave,
  parseIpvsadm,
  parseIpvsadmSave,
  type IpvsadmCommand,
  type ListCommand,
  type ServiceAddress,
} from './rule-text.ts'
import { done, wrong, type ToolAnswer } from '../tools/tool-answer.ts'
import { keyOf, VirtualServer, type ServerAddress, type VirtualServerSpec } from './virtual-server.ts'

/** ipvsadm ends with -1 where the kernel refused. */
const refused = (stderr: string): ToolAnswer => wrong(stderr, 255)

export class Ipvsadm {
  readonly #families: readonly NodeIpvs[]
  readonly #state: IpvsState
  readonly #nowUs: Microseconds

  /** @param families none: the node is not in ipvs mode, its tables are empty and stay so */
  constructor(families: readonly NodeIpvs[], state: IpvsState, nowUs: Microseconds) {
    this.#families = families
    this.#state = state
    this.#nowUs = nowUs
  }

  /** @param stdin what `-R` reads */
  run(argv: readonly string[], stdin = ''): ToolAnswer {
    const command = parseIpvsadm(argv)
    if ('problem' in command) return wrong(command.problem, 2)
    if (command.kind === 'list') return this.#list(command)
    if (command.kind === 'save') return done(ipvsadmSave(inOrder(this.#present()).map(savedSpec)))
    if (this.#families.length === 0) return refused("Can't change ipvs here: kube-proxy does not run in ipvs mode")
    return this.#change(command, stdin)
  }

  #list(command: ListCommand): ToolAnswer {
    const { service, show } = command
    if (show === 'timeout') return done(timeoutList(this.#state.connections.timeouts))
    // No synchronisation daemon runs: it prints nothing.
    if (show === 'daemon') return done()
    if (service === undefined) return done(ipvsadmList(this.#present(), this.#nowUs, command))
    const virtual = this.#find(service)
    return virtual === undefined ? refused('No such service') : done(ipvsadmList([virtual], this.#nowUs, command))
  }

  #change(command: Exclude<IpvsadmCommand, ListCommand>, stdin: string): ToolAnswer {
    switch (command.kind) {
      case 'add-service':
        return this.#addService(command.spec)
      case 'edit-service':
        return this.#withService(command.spec, (virtual) => {
          virtual.setSpec({ ...command.spec, servers: virtual.spec.servers })
          return done()
        })
      case 'delete-service':
        if (this.#find(command.service) === undefined) return refused('No such service')
        this.#put(command.service, undefined)
        return done()
      case 'clear':
        for (const { spec } of this.#present()) this.#put(spec, undefined)
        return done()
      case 'restore':
        return this.#restore(stdin)
      case 'zero':
        return this.#zero(command.service)
      case 'set':
        this.#setTimeouts(command.seconds)
        return done()
      case 'add-server':
        return this.#withService(command.service, (virtual) => addServer(virtual, command.server))
      case 'edit-server':
        return this.#withServer(command.service, command.server, (virtual, server) => {
          server.weight = command.server.weight ?? 1
          virtual.changed()
        })
      case 'delete-server':
        return this.#withServer(command.service, command.server, (virtual, server) => virtual.removeServer(server))
      case 'save':
        return done()
    }
  }

  #addService(spec: VirtualServerSpec): ToolAnswer {
    if (this.#find(spec) !== undefined) return refused('Service already exists')
    this.#put(spec, new VirtualServer(spec, this.#state.connections))
    return done()
  }

  #restore(text: string): ToolAnswer {
    let specs: readonly VirtualServerSpec[]
    try {
      specs = parseIpvsadmSave(text)
    } catch (error) {
      return wrong(error instanceof Error ? error.message : String(error), 2)
    }
    for (const spec of specs) {
      const made = this.#addService({ ...spec, servers: [] })
      if (made.exitCode !== 0) return made
      for (const server of spec.servers) this.#withService(spec, (virtual) => addServer(virtual, server))
    }
    return done()
  }

  #zero(service: ServiceAddress | undefined): ToolAnswer {
    const found = service === undefined ? this.#present() : [this.#find(service) ?? []].flat()
    if (service !== undefined && found.length === 0) return refused('No such service')
    for (const virtual of found) {
      virtual.traffic.zero()
      for (const server of virtual.servers) server.traffic.zero()
    }
    return done()
  }

  /** 0 leaves a time-out as it is. */
  #setTimeouts([tcp, tcpFin, udp]: readonly [number, number, number]): void {
    const { tcpUs, tcpFinUs, udpUs } = this.#state.connections.timeouts
    const seconds = (value: number, present: Microseconds): Microseconds => (value === 0 ? present : value * SECOND)
    this.#state.connections.timeouts = {
      tcpUs: seconds(tcp, tcpUs),
      tcpFinUs: seconds(tcpFin, tcpFinUs),
      udpUs: seconds(udp, udpUs),
    }
  }

  #withService(service: ServiceAddress, change: (virtual: VirtualServer) => ToolAnswer): ToolAnswer {
    const virtual = this.#find(service)
    if (virtual === undefined) return refused('No such service')
    const answer = change(virtual)
    if (answer.exitCode === 0) this.#state.touch(keyOf(service), this.#nowUs)
    return answer
  }

  #withServer(
    service: ServiceAddress,
    { text }: ServerAddress,
    change: (virtual: VirtualServer, server: VirtualServer['servers'][number]) => void,
  ): ToolAnswer {
    return this.#withService(service, (virtual) => {
      const server = virtual.servers.find((one) => one.text === text)
      if (server === undefined) return refused('No such destination')
      change(virtual, server)
      return done()
    })
  }

  #put(service: ServiceAddress, virtual: VirtualServer | undefined): void {
    const source = this.#sourceFor(service)
    if (source !== undefined) this.#state.put(keyOf(service), virtual, source, this.#nowUs)
  }

  #find(service: ServiceAddress): VirtualServer | undefined {
    const source = this.#sourceFor(service)
    return source === undefined ? undefined : this.#state.find(keyOf(service), source, this.#nowUs)
  }

  #sourceFor({ address }: ServiceAddress): NodeIpvs | undefined {
    return this.#families.find(({ family }) => family === familyOf(address))
  }

  #present(): readonly VirtualServer[] {
    return this.#families.flatMap((family) => family.present(this.#state, this.#nowUs))
  }
}

function addServer(virtual: VirtualServer, server: ServerAddress): ToolAnswer {
  if (virtual.servers.some(({ text }) => text === server.text)) return refused('Destination already exists')
  virtual.addServer(server)
  return done()
}

/** As it stands in the kernel, servers by address. */
function savedSpec({ spec, servers }: VirtualServer): VirtualServerSpec {
  const saved = servers.map(({ text, address, port, weight }) => ({ text, address, port, weight }))
  return { ...spec, servers: saved.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0)) }
}
