// curl over http and https on the simulated network. Departures: no progress meter, HTTP/1.1 alone, one connection a request, no
// globbing of URLs. Messages and exit statuses follow the version of curl-version.ts.

import type { CommandContext } from '@podwire/shell'
import { headerValue } from '../../http/message.ts'
import type { Tool, ToolHost } from '../tool.ts'
import { secondsToUs } from '../waiting.ts'
import { parseCurl, type CurlOptions } from './curl-options.ts'
import { followLocation, parseCurlUrl, type CurlUrl } from './curl-url.ts'
import { type CurlTls, defaultCaFile, helpFor } from './curl-tls.ts'
import { curlVersion, failedStatus } from './curl-version.ts'
import { buildHeaders, requestBody } from './request.ts'
import { Transfer, type TransferResult } from './transfer.ts'
import { writeOut } from './write-out.ts'

export const curl: Tool = async (context, host) => {
  const options = parseCurl(context.args)
  if ('problem' in options) return usage(context, options.problem)
  const version = curlVersion(host)
  if (options.flags.has('version')) {
    await context.stdout.write(
      `curl ${version} (x86_64-podwire) libcurl/${version}\nProtocols: http https\nFeatures: SSL\n`,
    )
    return 0
  }
  if (options.urls.length === 0) return usage(context, 'no URL specified!')
  let exit = 0
  for (const url of options.urls) exit = await fetchOne(context, host, options, url)
  return exit
}

async function usage(context: CommandContext, problem: string): Promise<number> {
  await context.stderr.write(`curl: ${problem}\ncurl: try 'curl --help' or 'curl --manual' for more information\n`)
  return 2
}

class Run {
  readonly context: CommandContext
  readonly host: ToolHost
  readonly options: CurlOptions

  constructor(context: CommandContext, host: ToolHost, options: CurlOptions) {
    this.context = context
    this.host = host
    this.options = options
  }

  value(name: string): string | undefined {
    return this.options.values.get(name)?.at(-1)
  }

  async fail(exit: number, message: string): Promise<number> {
    const { flags } = this.options
    if (!flags.has('silent') || flags.has('show-error')) {
      await this.context.stderr.write(`curl: (${exit}) ${message}${helpFor(exit, curlVersion(this.host))}\n`)
    }
    return exit
  }

  readonly verbose = async (line: string, mark: '*' | '>' | '<' = '*'): Promise<void> => {
    if (this.options.flags.has('verbose'))
      await this.context.stderr.write(`${mark} ${line}${mark === '*' ? '' : '\r'}\n`)
  }
}

async function fetchOne(context: CommandContext, host: ToolHost, options: CurlOptions, text: string): Promise<number> {
  const run = new Run(context, host, options)
  const given = parseCurlUrl(text)
  if (given === undefined) {
    return run.fail(
      3,
      curlVersion(host) === '7.61.1' ? `${text} malformed` : 'URL using bad/illegal format or missing URL',
    )
  }
  const refused = schemeProblem(given)
  if (refused !== undefined) return run.fail(1, refused)
  const body = await requestBody(context, options)
  if (typeof body === 'string') return run.fail(26, body)
  const url = targetUrl(given, options, body)
  const sent = options.flags.has('get') ? NO_BODY : body
  const retries = Number(run.value('retry') ?? '0')
  for (let attempt = 0; ; attempt++) {
    const outcome = await followRedirects(run, url, sent.body, sent.contentType)
    const again = attempt < retries && transient(outcome.result, options)
    if (!again) return outcome.exit ?? finish(run, outcome)
    const delay = Number(run.value('retry-delay') ?? String(2 ** attempt))
    if (!options.flags.has('silent')) {
      await context.stderr.write(
        `Warning: Transient problem: ${outcome.result.exit === 0 ? 'HTTP error' : 'timeout'} Will retry in ${delay} seconds. ${retries - attempt} \nWarning: retries left.\n`,
      )
    }
    await context.sleep(delay * 1_000_000)
  }
}

const NO_BODY = { body: undefined, contentType: undefined }

/** -G puts the data into the query, -T appends its file's name to a directory. */
function targetUrl(url: CurlUrl, options: CurlOptions, { body }: { readonly body: Uint8Array | undefined }): CurlUrl {
  const upload = options.values.get('upload-file')?.at(-1)
  let added = ''
  if (options.flags.has('get') && body !== undefined) {
    added = `${url.target.includes('?') ? '&' : '?'}${Buffer.from(body).toString('utf8')}`
  } else if (upload !== undefined && upload !== '-' && url.target.endsWith('/')) added = upload.replace(/^.*\//, '')
  return { ...url, target: url.target + added, text: url.text + added }
}

/** `--connect-to HOST1:PORT1:HOST2:PORT2`: empty parts stand for any, or for what the URL says. */
function connectTarget(
  options: CurlOptions,
  url: CurlUrl,
): { readonly name: string; readonly port: number } | undefined {
  for (const text of options.values.get('connect-to') ?? []) {
    const match = /^([^:]*|\[[^\]]+\]):(\d*):([^:]*|\[[^\]]+\]):(\d*)$/.exec(text)
    if (match === null) continue
    const [, host = '', port = '', toHost = '', toPort = ''] = match
    if ((host !== '' && host !== url.name) || (port !== '' && Number(port) !== url.port)) continue
    return {
      name: toHost === '' ? url.name : toHost.replace(/^\[|\]$/g, ''),
      port: toPort === '' ? url.port : Number(toPort),
    }
  }
  return undefined
}

function schemeProblem(url: CurlUrl): string | undefined {
  if (url.scheme === 'http' || url.scheme === 'https') return undefined
  return `Protocol "${url.scheme}" not supported or disabled in libcurl`
}

/** What curl retries: time-outs and 408, 429, 5xx; with --retry-connrefused refused connections too. */
function transient(result: TransferResult, options: CurlOptions): boolean {
  if (result.exit === 28 || result.exit === 6) return true
  if (result.exit === 7) return options.flags.has('retry-connrefused')
  return [408, 429, 500, 502, 503, 504].includes(result.status)
}

interface Outcome {
  readonly result: TransferResult
  readonly url: CurlUrl
  readonly method: string
  readonly redirects: number
  readonly redirectUrl: string
  readonly redirectUs: number
  readonly headTexts: readonly string[]
  /** Set when it is over already, with the message written. */
  readonly exit?: number
}

async function followRedirects(
  run: Run,
  first: CurlUrl,
  body: Uint8Array | undefined,
  contentType: string | undefined,
): Promise<Outcome> {
  const { context, host, options } = run
  const deadlineUs = deadlineOf(run)
  let url = first
  let method = firstMethod(run, body)
  let payload = body
  let redirectUs = 0
  const headTexts: string[] = []
  for (let redirects = 0; ; redirects++) {
    const transfer = new Transfer(context, host, {
      url,
      method,
      headers: buildHeaders(options, url, payload, payload === undefined ? undefined : contentType, curlVersion(host)),
      body: payload ?? new Uint8Array(),
      version: options.flags.has('http1.0') ? '1.0' : '1.1',
      allowHttp09: options.flags.has('http0.9') || curlVersion(host) === '7.61.1',
      connectTimeoutUs: secondsToUs(run.value('connect-timeout')),
      deadlineUs,
      addresses: pinnedAddresses(options),
      connectTo: connectTarget(options, url),
      family: options.flags.has('ipv6') ? 6 : options.flags.has('ipv4') ? 4 : undefined,
      tls: tlsOf(run),
      verbose: run.verbose,
    })
    const result = await transfer.run()
    if (result.status > 0) headTexts.push(await showHead(run, result))
    const location = result.status >= 300 && result.status < 400 ? headerValue(result.headers, 'location') : undefined
    const next = location === undefined ? undefined : followLocation(url, location)
    const facts = { result, url, method, redirects, redirectUrl: next?.text ?? '', redirectUs, headTexts }
    if (next === undefined || result.exit !== 0 || !options.flags.has('location')) return facts
    const most = Number(run.value('max-redirs') ?? '50')
    if (most >= 0 && redirects >= most)
      return { ...facts, exit: await run.fail(47, `Maximum (${most}) redirects followed`) }
    const refused = schemeProblem(next)
    if (refused !== undefined) return { ...facts, exit: await run.fail(1, refused) }
    await run.verbose(`Issue another request to this URL: '${next.text}'`)
    redirectUs += result.times.totalUs
    url = next
    if (run.value('request') === undefined && (result.status === 303 || result.status <= 302) && method === 'POST') {
      method = 'GET'
      payload = undefined
    }
  }
}

function firstMethod(run: Run, body: Uint8Array | undefined): string {
  const standard = run.value('upload-file') !== undefined ? 'PUT' : body === undefined ? 'GET' : 'POST'
  return run.value('request') ?? (run.options.flags.has('head') ? 'HEAD' : standard)
}

/** -m counts over all redirects. */
function deadlineOf(run: Run): number | undefined {
  const limitUs = secondsToUs(run.value('max-time'))
  return limitUs === undefined || limitUs === 0 ? undefined : run.context.engine.clock.now() + limitUs
}

function tlsOf(run: Run): CurlTls {
  const { flags } = run.options
  const given = run.value('cacert')
  return {
    caFile: given ?? defaultCaFile(curlVersion(run.host), run.context.environment),
    caFileGiven: given !== undefined,
    insecure: flags.has('insecure'),
    protocols: flags.has('no-alpn') ? [] : ['http/1.1'],
  }
}

function pinnedAddresses(options: CurlOptions): ReadonlyMap<string, string> {
  const pinned = new Map<string, string>()
  for (const text of options.values.get('resolve') ?? []) {
    const match = /^\+?([^:]+|\[[^\]]+\]):(\d+):(.+)$/.exec(text)
    const address = match?.[3]?.split(',')[0]
    if (match !== null && address !== undefined) pinned.set(`${match[1]}:${match[2]}`, address.replace(/^\[|\]$/g, ''))
  }
  return pinned
}

async function showHead(run: Run, result: TransferResult): Promise<string> {
  const status = `HTTP/${result.httpVersion} ${result.status}${result.reason === '' ? '' : ` ${result.reason}`}`
  const lines = [status, ...result.headers.map(([name, value]) => `${name}: ${value}`)]
  for (const line of lines) await run.verbose(line, '<')
  await run.verbose('', '<')
  return `${lines.join('\r\n')}\r\n\r\n`
}

async function finish(run: Run, outcome: Outcome): Promise<number> {
  const { context, options, host } = run
  const { result } = outcome
  const withBody = options.flags.has('fail-with-body')
  const failed = (withBody || options.flags.has('fail')) && result.status >= 400 && result.exit === 0
  const shown = options.flags.has('include') || options.flags.has('head')
  let exit = 0
  if (!failed || withBody) {
    const head = shown ? outcome.headTexts.join('') : ''
    exit = await deliver(run, outcome.url, Buffer.concat([Buffer.from(head), result.body]))
    if (exit !== 0) return run.fail(23, 'Failure writing output to destination')
  }
  const dump = run.value('dump-header')
  if (dump === '-') await context.stdout.write(outcome.headTexts.join(''))
  else if (dump !== undefined) context.files.write(absolute(context, dump), outcome.headTexts.join(''))
  if (result.exit !== 0) exit = await run.fail(result.exit, result.message)
  else if (failed) exit = await run.fail(22, failedStatus(curlVersion(host), result.status, result.reason))
  else if (result.status > 0) await run.verbose(`Connection #0 to host ${outcome.url.name} left intact`)
  const format = run.value('write-out')
  if (format !== undefined) {
    const facts = failed ? { ...outcome, result: { ...result, exit: 22 } } : outcome
    const { text, unknown } = writeOut(format, facts)
    await context.stdout.write(text)
    for (const name of unknown) await context.stderr.write(`curl: unknown --write-out variable: '${name}'\n`)
  }
  return exit
}

function absolute(context: CommandContext, path: string): string {
  return path.startsWith('/') ? path : `${context.workingDirectory}/${path}`
}

async function deliver(run: Run, url: CurlUrl, data: Uint8Array): Promise<number> {
  const { context, options } = run
  const name = options.flags.has('remote-name')
    ? (url.target.split('?')[0] ?? '').replace(/^.*\//, '')
    : run.value('output')
  if (name === undefined || name === '-') {
    if (data.length > 0) await context.stdout.write(data)
    return 0
  }
  if (name === '/dev/null') return 0
  try {
    context.files.write(absolute(context, name), data)
    return 0
  } catch {
    return 23
  }
}
