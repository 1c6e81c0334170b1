// One Service and its EndpointSlices as the ruleset holds them. Nothing is computed until a packet or a reader asks: a service
// nobody talks to costs a reference.

import { endpointsOf } from '../services/endpoint.ts'
import type { ServiceInput } from '../services/service-inputs.ts'
import { servicePortsOf, type ServicePort } from '../services/service-port.ts'
import type { Chain } from './chain.ts'
import type { EndpointChains } from './endpoint-chains.ts'
import type { IptablesOptions } from './options.ts'
import { PortUnit } from './port-unit.ts'

export class ServiceEntry {
  /** `ns/name` */
  readonly key: string
  readonly input: ServiceInput
  readonly ports: readonly ServicePort[]
  /** At least the number of distinct endpoints. */
  readonly endpointsAtMost: number
  readonly #options: IptablesOptions
  readonly #markMasquerade: Chain
  #units: readonly PortUnit[] | undefined
  /** Chains of the newest older version that was compiled, by port name and protocol. */
  #inherited: ReadonlyMap<string, EndpointChains>

  constructor(
    key: string,
    input: ServiceInput,
    options: IptablesOptions,
    markMasquerade: Chain,
    older: ServiceEntry | undefined,
  ) {
    this.key = key
    this.input = input
    this.#options = options
    this.#markMasquerade = markMasquerade
    this.ports =
      older !== undefined && older.input.service === input.service
        ? older.ports
        : servicePortsOf(input.service, options.family, options.layout)
    this.endpointsAtMost =
      input.slices.reduce((sum, slice) => sum + (slice.endpoints?.length ?? 0), 0) * this.ports.length
    this.#inherited = older?.chainsSoFar() ?? new Map()
  }

  units(): readonly PortUnit[] {
    if (this.#units !== undefined) return this.#units
    const { slices } = this.input
    this.#units = this.ports.map((port) => {
      const endpoints = endpointsOf(slices, port.family, port.portName, port.protocol, this.#options.layout.duplicates)
      return new PortUnit(port, endpoints, this.#options, this.#markMasquerade, this.#inherited.get(unitKey(port)))
    })
    this.#inherited = new Map()
    return this.#units
  }

  endpointCount(): number {
    return this.units().reduce((sum, unit) => sum + unit.endpoints.length, 0)
  }

  chainsSoFar(): ReadonlyMap<string, EndpointChains> {
    if (this.#units === undefined) return this.#inherited
    const chains = new Map<string, EndpointChains>()
    for (const unit of this.#units) {
      const known = unit.chainsSoFar()
      if (known !== undefined) chains.set(unitKey(unit.port), known)
    }
    return chains
  }
}

const unitKey = (port: ServicePort): string => `${port.portName}/${port.protocol}`
