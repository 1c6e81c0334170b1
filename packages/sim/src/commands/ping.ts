// ping: iputils' output in images with glibc, busybox's in images with musl. Departures: the time to live is always
// shown as 64, and an answer that comes after the next request has gone out is not waited for.

import { parseOptions, type CommandContext, type ToolOptions } from '@podwire/shell'
import { SocketError } from '../fabric/network.ts'
import { isBusybox, type Tool, type ToolHost } from './tool.ts'
import { isIpv4, lookupName, secondsToUs, wantedFamily } from './waiting.ts'

export const ping: Tool = (context, host) => pingWith(context, host, context.args)

/** `ping -6` by its own name. */
export const ping6: Tool = (context, host) => pingWith(context, host, ['-6', ...context.args])

async function pingWith(context: CommandContext, host: ToolHost, args: readonly string[]): Promise<number> {
  const options = parseOptions(args, 'c:W:w:i:qn46s:I:t:')
  const busybox = isBusybox(host)
  if ('problem' in options) {
    await context.stderr.write(`ping: ${options.problem}\n`)
    return busybox ? 1 : 2
  }
  const [name] = options.operands
  if (name === undefined) {
    await context.stderr.write('ping: usage error: Destination address required\n')
    return busybox ? 1 : 2
  }
  const found = await context.block(lookupName(host, name, wantedFamily(options)))
  const address = 'error' in found ? undefined : found.addresses[0]
  if (address === undefined) {
    await context.stderr.write(busybox ? `ping: bad address '${name}'\n` : `ping: ${name}: Name or service not known\n`)
    return busybox ? 1 : 2
  }
  return new Pinger(context, host, options, name, address).run()
}

class Pinger {
  readonly #context: CommandContext
  readonly #host: ToolHost
  readonly #options: ToolOptions
  readonly #name: string
  readonly #address: string
  readonly #busybox: boolean
  readonly #times: number[] = []
  #sent = 0
  #errors = 0
  /** When the last request or answer was seen: what iputils counts its time to. */
  #lastUs = 0

  constructor(context: CommandContext, host: ToolHost, options: ToolOptions, name: string, address: string) {
    this.#context = context
    this.#host = host
    this.#options = options
    this.#name = name
    this.#address = address
    this.#busybox = isBusybox(host)
  }

  async run(): Promise<number> {
    const { stdout, engine } = this.#context
    const startUs = engine.clock.now()
    await stdout.write(`PING ${this.#heading()}\n`)
    const count = Number(this.#options.value('c') ?? Infinity)
    const intervalUs = secondsToUs(this.#options.value('i')) ?? 1_000_000
    const deadlineUs = secondsToUs(this.#options.value('w'))
    while (this.#sent < count && (deadlineUs === undefined || engine.clock.now() - startUs < deadlineUs)) {
      const sentUs = engine.clock.now()
      this.#lastUs = sentUs
      const unreachable = await this.#one(this.#sent + 1 < count ? intervalUs : Infinity)
      if (unreachable) {
        await this.#context.stderr.write(
          `ping: ${this.#busybox ? 'sendto' : 'connect'}: Network ${this.#busybox ? '' : 'is '}unreachable\n`,
        )
        return this.#busybox ? 1 : 2
      }
      if (this.#sent < count) await this.#context.sleep(Math.max(0, intervalUs - (engine.clock.now() - sentUs)))
    }
    await stdout.write(this.#summary(Math.floor((this.#lastUs - startUs) / 1000)))
    return this.#times.length > 0 ? 0 : 1
  }

  /** True when there is no route at all. */
  async #one(nextUs: number): Promise<boolean> {
    const waitUs = Math.min(secondsToUs(this.#options.value('W')) ?? 10_000_000, nextUs)
    const number = this.#sent + (this.#busybox ? 0 : 1)
    this.#sent++
    try {
      const roundTripUs = await this.#context.block(this.#host.network.ping(this.#address, waitUs))
      this.#lastUs = this.#context.engine.clock.now()
      this.#times.push(roundTripUs / 1000)
      await this.#line(
        `64 bytes from ${this.#from()}: ${this.#busybox ? 'seq' : 'icmp_seq'}=${number} ttl=64 time=${(roundTripUs / 1000).toFixed(3)} ms`,
      )
    } catch (error) {
      if (!(error instanceof SocketError)) throw error
      if (error.code === 'ENETUNREACH') return true
      if (error.code === 'ETIMEDOUT') return false
      this.#errors++
      const port = error.code === 'ECONNREFUSED'
      const what = isIpv4(this.#address)
        ? `Destination ${port ? 'Port' : 'Host'} Unreachable`
        : `Destination unreachable: ${port ? 'Port' : 'Address'} unreachable`
      const from = this.#host.network.sourceFor(this.#address) ?? ''
      if (!this.#busybox) await this.#line(`From ${from} icmp_seq=${number} ${what}`)
    }
    return false
  }

  /** iputils counts headers in IPv4 alone, and leaves a space out in IPv6. */
  #heading(): string {
    if (this.#busybox) return `${this.#name} (${this.#address}): 56 data bytes`
    return isIpv4(this.#address)
      ? `${this.#name} (${this.#address}) 56(84) bytes of data.`
      : `${this.#name}(${this.#address}) 56 data bytes`
  }

  #from(): string {
    return this.#busybox || this.#name === this.#address ? this.#address : `${this.#name} (${this.#address})`
  }

  async #line(text: string): Promise<void> {
    if (!this.#options.has('q')) await this.#context.stdout.write(`${text}\n`)
  }

  #summary(elapsedMs: number): string {
    const received = this.#times.length
    const loss = this.#sent === 0 ? 0 : Math.round(((this.#sent - received) * 100) / this.#sent)
    const errors = this.#errors === 0 || this.#busybox ? '' : `, +${this.#errors} errors`
    const heading = `\n--- ${this.#name} ping statistics ---\n`
    const low = Math.min(...this.#times)
    const high = Math.max(...this.#times)
    const mean = this.#times.reduce((sum, time) => sum + time, 0) / Math.max(1, received)
    if (this.#busybox) {
      const line = `${this.#sent} packets transmitted, ${received} packets received, ${loss}% packet loss\n`
      const trip = `round-trip min/avg/max = ${low.toFixed(3)}/${mean.toFixed(3)}/${high.toFixed(3)} ms\n`
      return heading + line + (received === 0 ? '' : trip)
    }
    const variance = this.#times.reduce((sum, time) => sum + (time - mean) ** 2, 0) / Math.max(1, received)
    const line = `${this.#sent} packets transmitted, ${received} received${errors}, ${loss}% packet loss, time ${elapsedMs}ms\n`
    const trip = `rtt min/avg/max/mdev = ${low.toFixed(3)}/${mean.toFixed(3)}/${high.toFixed(3)}/${Math.sqrt(variance).toFixed(3)} ms\n`
    return heading + line + (received === 0 ? '\n' : trip)
  }
}
