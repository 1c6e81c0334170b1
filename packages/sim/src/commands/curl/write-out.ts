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
    .replace(/%(%|\{[^}]*\})/g, (all, inside: string) => {
      if (inside === '%') return '%'
      const value = variable(inside.slice(1, -1), facts)
      if (value === undefined) unknown.push(inside.slice(1, -1))
      return value ?? (all === '' ? all : '')
    })
  return { text, unknown }
}

function variable(name: string, facts: WriteOutFacts): string | undefined {
  const { result, url } = facts
  const { times, remote, local } = result
  const total = times.totalUs + facts.redirectUs
  switch (name) {
    case 'http_code':
    case 'response_code':
      return String(result.status).padStart(3, '0')
    case 'http_connect':
      return '000'
    case 'time_total':
      return seconds(total)
    case 'time_namelookup':
      return seconds(times.lookupUs)
    case 'time_connect':
      return seconds(times.connectUs)
    case 'time_appconnect':
      return seconds(0)
    case 'time_pretransfer':
      return seconds(times.connectUs)
    case 'time_starttransfer':
      return seconds(times.firstByteUs)
    case 'time_redirect':
      return seconds(facts.redirectUs)
    case 'remote_ip':
      return remote?.address ?? ''
    case 'remote_port':
      return String(remote?.port ?? 0)
    case 'local_ip':
      return local?.address ?? ''
    case 'local_port':
      return String(local?.port ?? 0)
    case 'size_download':
      return String(result.body.length)
    case 'size_upload':
      return '0'
    case 'size_header':
      return String(result.headers.reduce((sum, [key, value]) => sum + key.length + value.length + 4, 0))
    case 'speed_download':
      return total === 0 ? '0' : String(Math.floor((result.body.length * 1_000_000) / total))
    case 'content_type':
      return headerValue(result.headers, 'content-type') ?? ''
    case 'num_connects':
      return remote === undefined ? '0' : '1'
    case 'num_redirects':
      return String(facts.redirects)
    case 'redirect_url':
      return facts.redirectUrl
    case 'url_effective':
    case 'url':
      return url.text
    case 'scheme':
      return url.scheme.toUpperCase()
    case 'method':
      return facts.method
    case 'http_version':
      return result.httpVersion
    case 'exitcode':
      return String(result.exit)
    case 'errormsg':
      return result.message
    case 'ssl_verify_result':
      return '0'
    default:
      return undefined
  }
}
