// curl's command line. Long names may be shortened as curl allows; client certificates, proxies, cookie jars and HTTP/2 are refused
// by name.

export interface CurlOptions {
  readonly urls: readonly string[]
  readonly flags: ReadonlySet<string>
  readonly values: ReadonlyMap<string, readonly string[]>
}

export type ParsedCurl = CurlOptions | { readonly problem: string }

/** Name, letter, and whether it takes a value. */
const OPTIONS: readonly (readonly [name: string, letter: string, value: boolean])[] = [
  ['silent', 's', false],
  // There is no .curlrc to leave unread, no proxy, and segments are never held back.
  ['disable', 'q', false],
  ['noproxy', '', true],
  ['tcp-nodelay', '', false],
  ['keepalive-time', '', true],
  ['fail-with-body', '', false],
  ['show-error', 'S', false],
  ['verbose', 'v', false],
  ['include', 'i', false],
  ['head', 'I', false],
  ['fail', 'f', false],
  ['location', 'L', false],
  ['insecure', 'k', false],
  ['cacert', '', true],
  ['no-alpn', '', false],
  // TLS 1.3 is all there is.
  ['tlsv1', '1', false],
  ['tlsv1.2', '', false],
  ['tlsv1.3', '', false],
  ['get', 'G', false],
  ['no-buffer', 'N', false],
  ['globoff', 'g', false],
  ['ipv4', '4', false],
  ['ipv6', '6', false],
  ['http1.0', '0', false],
  ['http1.1', '', false],
  ['http0.9', '', false],
  ['no-keepalive', '', false],
  ['compressed', '', false],
  ['retry-connrefused', '', false],
  ['progress-bar', '#', false],
  ['no-progress-meter', '', false],
  ['version', 'V', false],
  ['remote-name', 'O', false],
  ['output', 'o', true],
  ['write-out', 'w', true],
  ['request', 'X', true],
  ['data', 'd', true],
  ['data-raw', '', true],
  ['data-ascii', '', true],
  ['data-binary', '', true],
  ['data-urlencode', '', true],
  ['json', '', true],
  ['header', 'H', true],
  ['max-time', 'm', true],
  ['connect-timeout', '', true],
  ['resolve', '', true],
  ['connect-to', '', true],
  ['user', 'u', true],
  ['user-agent', 'A', true],
  ['referer', 'e', true],
  ['cookie', 'b', true],
  ['retry', '', true],
  ['retry-delay', '', true],
  ['max-redirs', '', true],
  ['dump-header', 'D', true],
  ['interface', '', true],
  ['url', '', true],
  ['form', 'F', true],
  ['form-string', '', true],
  ['upload-file', 'T', true],
  ['range', 'r', true],
]

const REFUSED: readonly (readonly [name: string, letter: string])[] = [
  ['proxy', 'x'],
  ['cookie-jar', 'c'],
  ['cert', 'E'],
  ['key', ''],
  ['socks5', ''],
  ['socks5-hostname', ''],
  ['unix-socket', ''],
  ['config', 'K'],
  ['parallel', 'Z'],
  ['http2', ''],
  ['tls-max', ''],
  ['capath', ''],
  ['ciphers', ''],
  ['pinnedpubkey', ''],
  ['http3', ''],
  ['trace', ''],
  ['trace-ascii', ''],
]

export function parseCurl(args: readonly string[]): ParsedCurl {
  const urls: string[] = []
  const flags = new Set<string>()
  const values = new Map<string, string[]>()
  const take = (name: string, value: string): void => {
    if (name === 'url') urls.push(value)
    else values.set(name, [...(values.get(name) ?? []), value])
  }
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? ''
    if (arg.startsWith('--') && arg.length > 2) {
      const option = longOption(arg.slice(2))
      if (typeof option === 'string') return { problem: option }
      if (!option.value) flags.add(option.name)
      else {
        const value = args[++at]
        if (value === undefined) return { problem: `option ${arg}: requires parameter` }
        take(option.name, value)
      }
    } else if (arg.startsWith('-') && arg.length > 1) {
      for (let place = 1; place < arg.length; place++) {
        const letter = arg.charAt(place)
        const refused = REFUSED.find(([, known]) => known === letter)
        if (refused !== undefined) return { problem: `option -${letter}: ${refused[0]} is not simulated` }
        const option = OPTIONS.find(([, known]) => known === letter)
        if (option === undefined) return { problem: `option ${arg}: is unknown` }
        if (!option[2]) {
          flags.add(option[0])
          continue
        }
        const value = place + 1 < arg.length ? arg.slice(place + 1) : args[++at]
        if (value === undefined) return { problem: `option ${arg}: requires parameter` }
        take(option[0], value)
        break
      }
    } else urls.push(arg)
  }
  return { urls, flags, values }
}

function longOption(name: string): { readonly name: string; readonly value: boolean } | string {
  const refused = REFUSED.find(([known]) => known === name)
  if (refused !== undefined) return `option --${name}: is not simulated`
  const exact = OPTIONS.find(([known]) => known === name)
  const matching = exact === undefined ? OPTIONS.filter(([known]) => known.startsWith(name)) : [exact]
  const [option] = matching
  if (option === undefined) return `option --${name}: is unknown`
  return matching.length === 1 ? { name: option[0], value: option[2] } : `option --${name}: is ambiguous`
}
