// curl's -w: variables, \n \r \t, @file is refused. Unknown variables are reported as curl does.

import { headerValue } from '../../http/message.ts'
import type { TransferResult } from './transfer.ts'
import type { CurlUrl } from './curl-url.ts'

export interface WriteOutFacts {
  readonly result: TransferResult
  readonly url: CurlUrl
  readonly method: string
  readonly redirects: number
  readonly redirectUrl: string
  readonly redirectUs: number
}

const seconds = (us: number): string => (us / 1_000_000).toFixed(6)

export function writeOut(
  format: string,
  facts: WriteOutFacts,
): { readonly text: string; readonly unknown: readonly string[] } {
  const unknown: string[] = []
  const text = format
    .replace(/\\([nrt\\])/g, (_all, letter: string) =>
      letter === 'n' ? '\n' : letter === 'r' ? '\r' : letter === 't' ? '\t' : '\\',
    )
    .replace(/%(%|\{[^}]*\})/g, (_all, inside: string) => {
      if (inside === '%') return '%'
      const value = VARIABLES.get(inside.slice(1, -1))?.(facts)
      if (value === undefined) unknown.push(inside.slice(1, -1))
      return value ?? ''
    })
  return { text, unknown }
}

const total = (facts: WriteOutFacts): number => facts.result.times.totalUs + facts.redirectUs

const VARIABLES: ReadonlyMap<string, (facts: WriteOutFacts) => string> = new Map<
  string,
  (facts: WriteOutFacts) => string
>([
  ['content_type', ({ result }) => headerValue(result.headers, 'content-type') ?? ''],
  ['errormsg', ({ result }) => result.message],
  ['exitcode', ({ result }) => String(result.exit)],
  ['http_code', ({ result }) => String(result.status).padStart(3, '0')],
  ['http_connect', () => '000'],
  ['http_version', ({ result }) => result.httpVersion],
  ['local_ip', ({ result }) => result.local?.address ?? ''],
  ['local_port', ({ result }) => String(result.local?.port ?? 0)],
  ['method', ({ method }) => method],
  ['num_connects', ({ result }) => (result.remote === undefined ? '0' : '1')],
  ['num_redirects', ({ redirects }) => String(redirects)],
  ['redirect_url', ({ redirectUrl }) => redirectUrl],
  ['remote_ip', ({ result }) => result.remote?.address ?? ''],
  ['remote_port', ({ result }) => String(result.remote?.port ?? 0)],
  ['response_code', ({ result }) => String(result.status).padStart(3, '0')],
  ['scheme', ({ url }) => url.scheme.toUpperCase()],
  ['size_download', ({ result }) => String(result.body.length)],
  ['size_header', ({ result }) => String(headerBytes(result))],
  ['size_upload', () => '0'],
  [
    'speed_download',
    (facts) => String(total(facts) === 0 ? 0 : Math.floor((facts.result.body.length * 1_000_000) / total(facts))),
  ],
  ['ssl_verify_result', () => '0'],
  ['time_appconnect', ({ result }) => seconds(result.times.appConnectUs)],
  ['time_connect', ({ result }) => seconds(result.times.connectUs)],
  ['time_namelookup', ({ result }) => seconds(result.times.lookupUs)],
  ['time_pretransfer', ({ result }) => seconds(result.times.appConnectUs || result.times.connectUs)],
  ['time_redirect', ({ redirectUs }) => seconds(redirectUs)],
  ['time_starttransfer', ({ result }) => seconds(result.times.firstByteUs)],
  ['time_total', (facts) => seconds(total(facts))],
  ['url', ({ url }) => url.text],
  ['url_effective', ({ url }) => url.text],
])

function headerBytes(result: TransferResult): number {
  return result.headers.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0)
}
