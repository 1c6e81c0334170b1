// `loadbalance weighted FILE`: the address that comes first in a reply is drawn by its weight; an address without one has
// weight 1. The file gives, name by name, addresses with their weights. Source: CoreDNS plugin/loadbalance/weighted.go.

import type { Microseconds, Random } from '@podwire/engine'
import { formatDuration } from '@podwire/engine'
import { pluginError } from '../../corefile/index.ts'
import { addressFamily, canonicalAddress, fullyQualified, type ResourceRecord } from '../../wire/index.ts'
import type { PluginContext } from '../plugin.ts'
import { watchFile } from '../watched-file.ts'
import { sorted } from './shuffle.ts'

/** Name as written, with its final dot → address → weight. */
type Weights = ReadonlyMap<string, ReadonlyMap<string, number>>

const NO_WEIGHTS: ReadonlyMap<string, number> = new Map()

/** @throws CorefileError for a file that says something wrong */
export function weightedOrder(
  file: string,
  reloadUs: Microseconds,
  { clock, log, random, readFile }: PluginContext,
): (records: readonly ResourceRecord[]) => readonly ResourceRecord[] {
  let text: string | undefined
  let weights: Weights = new Map()
  let starting = true
  const read = (): void => {
    const content = readFile(file)
    const missing = 'weight file open error'
    if (content === undefined && (!starting || reloadUs > 0)) {
      const again = `Failed to open weight file:${missing}. Will try again in ${formatDuration(reloadUs)}`
      log(starting ? `[WARNING] plugin/loadbalance: ${again}` : `[ERROR] plugin/loadbalance: ${missing}`)
      return
    }
    if (content === text) return
    const parsed = content === undefined ? missing : parseWeights(content, file)
    if (typeof parsed !== 'string') {
      text = content
      weights = parsed
      log(`[INFO] plugin/loadbalance: Successfully reloaded weight file ${file}`)
    } else if (starting) throw pluginError('loadbalance', parsed)
    else log(`[ERROR] plugin/loadbalance: ${parsed}`)
  }
  const watched = watchFile(clock, reloadUs, read)
  starting = false
  return (records) => {
    watched.look()
    const { aliases, addresses, exchanges, rest } = sorted(records)
    const first = addresses[0]
    if (first === undefined) return records
    const top = draw(
      addresses.map((record) => (weights.get(record.name) ?? NO_WEIGHTS).get(record.address) ?? 1),
      random,
    )
    const swapped = addresses.with(0, addresses[top] ?? first).with(top, first)
    return [...aliases, ...rest, ...(top === 0 ? addresses : swapped), ...exchanges]
  }
}

/** The place of one of them, by weight. */
function draw(weights: readonly number[], random: Random): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let left = random.integer(0, total - 1)
  for (const [place, weight] of weights.entries()) {
    if (left < weight) return place
    left -= weight
  }
  return 0
}

/** The weights, or what is wrong. */
function parseWeights(text: string, file: string): Weights | string {
  const domains = new Map<string, Map<string, number>>()
  let current: Map<string, number> | undefined
  for (const raw of text.split('\n')) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const [first = '', weight, extra] = line.split(/\s+/)
    if (extra !== undefined) return `could not parse weight line:"${line}" in weight file ${file}`
    const isAddress = addressFamily(first) !== undefined
    if (weight === undefined) {
      if (isAddress) {
        return `wrong domain name:"${first}" in weight file ${file}. (Maybe a missing weight value?)`
      }
      const name = fullyQualified(first)
      current = domains.get(name) ?? new Map<string, number>()
      domains.set(name, current)
      continue
    }
    if (!isAddress) return `wrong IP address:"${first}" in weight file ${file}`
    const value = /^\d+$/.test(weight) ? Number(weight) : 0
    if (value === 0 || value > 255) return `wrong weight value:"${weight}" in weight file ${file}`
    if (current === undefined) return `missing domain name in weight file ${file}`
    const address = canonicalAddress(first) ?? first
    // Of two weights for one address the first counts.
    if (!current.has(address)) current.set(address, value)
  }
  return domains
}
