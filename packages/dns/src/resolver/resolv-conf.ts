// /etc/resolv.conf as the C libraries read it: the last `search` or `domain` counts, at most three nameservers, options with
// their upper limits. Source: resolv.conf(5), glibc resolv/res_init.c, musl src/network/resolvconf.c.

export interface ResolvConf {
  /** At most three; 127.0.0.1 when the file names none. */
  readonly nameservers: readonly string[]
  readonly search: readonly string[]
  readonly ndots: number
  readonly timeoutS: number
  readonly attempts: number
  readonly rotate: boolean
  /** `use-vc`: TCP only. */
  readonly tcpOnly: boolean
  readonly edns0: boolean
  /** `single-request`: AAAA is asked for when A is answered (glibc). */
  readonly singleRequest: boolean
  /** `single-request-reopen`: the same, each from a socket of its own. */
  readonly singleRequestReopen: boolean
  /** `no-aaaa`: A alone is asked for (glibc 2.36). */
  readonly noAaaa: boolean
}

const MAX_NAMESERVERS = 3
const LIMITS = { ndots: 15, timeout: 30, attempts: 5 } as const

export function parseResolvConf(text: string): ResolvConf {
  const nameservers: string[] = []
  let search: readonly string[] = []
  const numbers = { ndots: 1, timeout: 5, attempts: 2 }
  const flags = new Set<string>()
  for (const line of text.split('\n')) {
    if (/^\s*[#;]/.test(line)) continue
    const [keyword, ...values] = line.trim().split(/\s+/)
    if (keyword === 'nameserver' && values[0] !== undefined) nameservers.push(values[0])
    else if (keyword === 'search') search = values
    else if (keyword === 'domain') search = values.slice(0, 1)
    else if (keyword === 'options') {
      for (const option of values) {
        const number = /^(ndots|timeout|attempts):(\d+)$/.exec(option)
        if (number === null) flags.add(option)
        else {
          const key = number[1] === 'ndots' ? 'ndots' : number[1] === 'timeout' ? 'timeout' : 'attempts'
          numbers[key] = Math.min(Number(number[2]), LIMITS[key])
        }
      }
    }
  }
  return {
    nameservers: nameservers.length === 0 ? ['127.0.0.1'] : nameservers.slice(0, MAX_NAMESERVERS),
    search,
    ndots: numbers.ndots,
    timeoutS: Math.max(1, numbers.timeout),
    attempts: Math.max(1, numbers.attempts),
    rotate: flags.has('rotate'),
    tcpOnly: flags.has('use-vc'),
    edns0: flags.has('edns0'),
    singleRequest: flags.has('single-request'),
    singleRequestReopen: flags.has('single-request-reopen'),
    noAaaa: flags.has('no-aaaa'),
  }
}
