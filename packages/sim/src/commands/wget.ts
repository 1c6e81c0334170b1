// wget: GNU's messages in images with glibc, busybox's in images with musl. Options -q -O -S -T -t -U --header --spider --post-data
// --no-check-certificate --ca-certificate -c; -r, -i and -b are refused by name. GNU's progress bar is not drawn. Of https, GNU wget
// (with GnuTLS) verifies certificates, busybox says that it does not.

import { PodwireError } from '@podwire/engine'
import { parseOptions, type CommandContext, type ToolOptions } from '@podwire/shell'
import { SocketError } from '../fabric/network.ts'
import { sniOf } from '../http/fetch.ts'
import type { ClientTls } from '../http/client.ts'
import { reasonPhrase } from '../http/reason.ts'
import { headerValue, HttpError, type HttpReply, parseHttpUrl, type HttpUrl, sendHttp } from '../http/index.ts'
import { certificatesIn, TlsError } from '../tls/index.ts'
import { defaultCaFile } from './curl/curl-tls.ts'
import { readSource } from './curl/read-source.ts'
import { connectReason } from './curl/transfer.ts'
import { followLocation, parseCurlUrl } from './curl/curl-url.ts'
import { isBusybox, type Tool, type ToolHost } from './tool.ts'
import { lookupName, secondsToUs, wantedFamily } from './waiting.ts'

const LONG = [
  'output-document=',
  'quiet',
  'timeout=',
  'tries=',
  'header=',
  'spider',
  'post-data=',
  'user-agent=',
  'server-response',
  'no-check-certificate',
  'ca-certificate=',
  'no-verbose',
  'no-hsts',
  'connect-timeout=',
  'read-timeout=',
  'max-redirect=',
]

class Problem extends Error {
  readonly status: number

  constructor(message: string, status: number) {
    super(message)
    this.status = status
  }
}

export const wget: Tool = async (context, host) => {
  const options = parseOptions(context.args, 'qO:ST:t:U:cnvY:P:ribd46', LONG)
  const gnu = !isBusybox(host)
  if ('problem' in options) {
    await context.stderr.write(`wget: ${options.problem}\n`)
    return gnu ? 2 : 1
  }
  for (const flag of ['r', 'i', 'b']) {
    if (!options.has(flag)) continue
    await context.stderr.write(`wget: -${flag}: not simulated\n`)
    return gnu ? 2 : 1
  }
  if (options.operands.length === 0) {
    await context.stderr.write(gnu ? 'wget: missing URL\nUsage: wget [OPTION]... [URL]...\n' : 'wget: missing URL\n')
    return 1
  }
  let status = 0
  for (const url of options.operands) status = (await new Download(context, host, options).run(url)) || status
  return status
}

/** Messages that travel as objects leave the standard phrase out. */
function statusText({ status, reason }: HttpReply): string {
  return `${status} ${reason || reasonPhrase(status)}`
}

class Download {
  readonly #context: CommandContext
  readonly #host: ToolHost
  readonly #options: ToolOptions
  readonly #gnu: boolean
  readonly #quiet: boolean

  constructor(context: CommandContext, host: ToolHost, options: ToolOptions) {
    this.#context = context
    this.#host = host
    this.#options = options
    this.#gnu = !isBusybox(host)
    this.#quiet = options.has('q', 'quiet')
  }

  async run(text: string): Promise<number> {
    try {
      let url = parseHttpUrl(text)
      await this.#noteUnverified(url)
      for (let redirects = 0; redirects <= Number(this.#options.value('max-redirect') ?? '20'); redirects++) {
        const reply = await this.#fetch(url)
        const location = reply.status >= 300 && reply.status < 400 ? headerValue(reply.headers, 'location') : undefined
        if (location === undefined) return await this.#save(url, reply)
        await this.#note(this.#gnu, `Location: ${location} [following]\n`)
        const base = parseCurlUrl(`${schemeOf(url)}://${url.host}${url.target}`)
        const next = base === undefined ? undefined : followLocation(base, location)
        if (next === undefined) throw new Problem(`bad redirect: ${location}`, 8)
        url = parseHttpUrl(next.text)
        await this.#noteUnverified(url)
      }
      throw new Problem('too many redirections', 8)
    } catch (error) {
      if (error instanceof PodwireError) return this.#complain(error.reason, 1)
      if (error instanceof Problem) return this.#complain(error.message, error.status)
      throw error
    }
  }

  async #complain(message: string, status: number): Promise<number> {
    // GNU wget writes nothing at all with -q; busybox still says what failed.
    if (message !== '' && !(this.#gnu && this.#quiet)) await this.#context.stderr.write(`wget: ${message}\n`)
    return this.#gnu ? status : 1
  }

  async #note(shown: boolean, text: string): Promise<void> {
    if (shown && !this.#quiet) await this.#context.stderr.write(text)
  }

  #stamp(): string {
    return new Date(this.#context.engine.clock.wallTimeMs()).toISOString().slice(0, 19).replace('T', ' ')
  }

  async #fetch(url: HttpUrl): Promise<HttpReply> {
    await this.#note(this.#gnu, `--${this.#stamp()}--  ${schemeOf(url)}://${url.host}${url.target}\n`)
    const ca = this.#options.value('ca-certificate')
    await this.#note(this.#gnu && url.secure && ca !== undefined, `Loaded CA certificate '${ca}'\n`)
    const found = await this.#context.block(lookupName(this.#host, url.name, wantedFamily(this.#options)))
    if ('error' in found) {
      await this.#note(
        this.#gnu && url.name !== '',
        `Resolving ${url.name} (${url.name})... failed: Name or service not known.\n`,
      )
      throw new Problem(this.#gnu ? `unable to resolve host address '${url.name}'` : `bad address '${url.name}'`, 4)
    }
    if (url.name !== found.addresses[0]) {
      await this.#note(this.#gnu, `Resolving ${url.name} (${url.name})... ${found.addresses.join(', ')}\n`)
    }
    let problem = new Problem('', 4)
    for (const address of found.addresses) {
      try {
        return await this.#request(url, address)
      } catch (error) {
        if (!(error instanceof Problem)) throw error
        problem = error
        if (error.status !== 4) throw error
      }
    }
    throw problem
  }

  async #request(url: HttpUrl, address: string): Promise<HttpReply> {
    const shown = address === url.name ? address : `${url.name} (${url.name})|${address}|`
    await this.#note(this.#gnu, `Connecting to ${shown}:${url.port}... `)
    await this.#note(!this.#gnu, `Connecting to ${url.name} (${address}:${url.port})\n`)
    const body = this.#options.value('post-data')
    const agent = this.#options.value('U', 'user-agent') ?? (this.#gnu ? 'Wget/1.21.3' : 'Wget')
    const headers: (readonly [string, string])[] = [
      ['Host', url.host],
      ['User-Agent', agent],
    ]
    if (this.#gnu) headers.push(['Accept', '*/*'], ['Accept-Encoding', 'identity'])
    headers.push(['Connection', this.#gnu ? 'Keep-Alive' : 'close'])
    if (body !== undefined) headers.push(['Content-Type', 'application/x-www-form-urlencoded'])
    for (const text of this.#options.values('header')) {
      const colon = text.indexOf(':')
      const name = text.slice(0, colon)
      const place = headers.findIndex(([known]) => known.toLowerCase() === name.toLowerCase())
      const header = [name, text.slice(colon + 1).trim()] as const
      if (place < 0) headers.push(header)
      else headers[place] = header
    }
    const timeoutUs = secondsToUs(this.#options.value('T', 'timeout'))
    try {
      const reply = await this.#context.block(
        sendHttp(this.#host.network, {
          address,
          port: url.port,
          target: url.target,
          method: body !== undefined ? 'POST' : this.#options.has('spider') && this.#gnu ? 'HEAD' : 'GET',
          headers,
          ...(body === undefined ? {} : { body }),
          ...(timeoutUs === undefined || timeoutUs === 0 ? {} : { timeoutUs }),
          ...(url.secure ? { tls: await this.#tls(url) } : {}),
        }),
      )
      await this.#note(this.#gnu, `connected.\nHTTP request sent, awaiting response... ${statusText(reply)}\n`)
      return reply
    } catch (error) {
      throw await this.#failure(error, url, address)
    }
  }

  async #noteUnverified({ secure }: HttpUrl): Promise<void> {
    await this.#note(secure && !this.#gnu, 'wget: note: TLS certificate validation not implemented\n')
  }

  async #tls({ name }: HttpUrl): Promise<ClientTls> {
    const serverName = sniOf(name)
    if (!this.#gnu || this.#options.has('no-check-certificate')) return { serverName }
    const { environment, engine } = this.#context
    const file = this.#options.value('ca-certificate') ?? defaultCaFile('7.88.1', environment)
    const authorities = certificatesIn((await readSource(this.#context, file)) ?? '')
    return { serverName, trust: { host: name, authorities, nowMs: engine.clock.wallTimeMs() } }
  }

  async #failure(error: unknown, { name }: HttpUrl, address: string): Promise<unknown> {
    if (error instanceof TlsError) {
      await this.#note(this.#gnu, 'connected.\n')
      for (const line of this.#gnu ? certificateErrors(error, name) : []) await this.#note(true, `${line}\n`)
      return new Problem(
        this.#gnu ? '' : 'error getting response: Connection reset by peer',
        error.problem === 'no-tls' ? 4 : 5,
      )
    }
    if (error instanceof HttpError) {
      await this.#note(this.#gnu, 'connected.\nHTTP request sent, awaiting response... No data received.\n')
      return new Problem(this.#gnu ? '' : 'error getting response', 5)
    }
    if (!(error instanceof SocketError)) return error
    const reason = connectReason(error)
    await this.#note(this.#gnu, `failed: ${reason}.\n`)
    if (this.#gnu) return new Problem('', 4)
    return new Problem(
      error.code === 'ETIMEDOUT' ? 'download timed out' : `can't connect to remote host (${address}): ${reason}`,
      4,
    )
  }

  async #save(url: HttpUrl, reply: HttpReply): Promise<number> {
    if (this.#options.has('S', 'server-response')) {
      const lines = [`HTTP/1.1 ${statusText(reply)}`, ...reply.headers.map(([name, value]) => `${name}: ${value}`)]
      await this.#context.stderr.write(lines.map((line) => `  ${line}\n`).join(''))
    }
    if (reply.status >= 400) {
      if (!this.#gnu) throw new Problem(`server returned error: HTTP/1.1 ${statusText(reply)}`, 1)
      await this.#note(true, `${this.#stamp()} ERROR ${reply.status}: ${reply.reason || reasonPhrase(reply.status)}.\n`)
      return 8
    }
    if (this.#options.has('spider')) {
      await this.#note(true, this.#gnu ? 'Remote file exists.\n\n' : 'remote file exists\n')
      return 0
    }
    return this.#write(url, reply)
  }

  async #write(url: HttpUrl, reply: HttpReply): Promise<number> {
    const { stdout, files, workingDirectory } = this.#context
    const path = url.target.split('?')[0] ?? '/'
    const name = this.#options.value('O', 'output-document') ?? (path.replace(/^.*\//, '') || 'index.html')
    const type = headerValue(reply.headers, 'content-type')
    const shown = name === '-' ? 'STDOUT' : name
    const length = headerValue(reply.headers, 'content-length') ?? 'unspecified'
    await this.#note(
      this.#gnu,
      `Length: ${length}${type === undefined ? '' : ` [${type.split(';')[0]}]`}\nSaving to: '${shown}'\n\n`,
    )
    const target = name.startsWith('/') ? name : `${workingDirectory}/${name}`
    // busybox keeps what is there unless -O names it.
    if (!this.#gnu && !this.#options.has('O', 'output-document', 'c') && files.read(target) !== undefined) {
      throw new Problem(`can't open '${name}': File exists`, 1)
    }
    await this.#note(!this.#gnu, name === '-' ? 'writing to stdout\n' : `saving to '${name}'\n`)
    if (name === '-') await stdout.write(reply.body)
    else if (name !== '/dev/null') files.write(target, reply.body)
    const size = reply.body.length
    const done = name === '-' ? `written to stdout [${size}]` : `'${name}' saved [${size}/${size}]`
    await this.#note(this.#gnu, `${this.#stamp()} - ${done}\n\n`)
    await this.#note(
      !this.#gnu,
      `${name.padEnd(20).slice(0, 20)} 100% |${'*'.repeat(32)}| ${String(size).padStart(5)}  0:00:00 ETA\n`,
    )
    await this.#note(!this.#gnu, name === '-' ? 'written to stdout\n' : `'${name}' saved\n`)
    return 0
  }
}

const schemeOf = ({ secure }: HttpUrl): string => (secure ? 'https' : 'http')

/** Source: wget src/gnutls.c (ssl_check_certificate). */
function certificateErrors({ problem }: TlsError, host: string): readonly string[] {
  const of = (text: string): string => `ERROR: The certificate of '${host}' ${text}.`
  switch (problem) {
    case 'no-tls':
      return ['GnuTLS: An unexpected TLS packet was received.', 'Unable to establish SSL connection.']
    case 'wrong-name':
      return [`The certificate's owner does not match hostname '${host}'`]
    case 'expired':
      return [of('is not trusted'), of('has expired'), 'The certificate has expired']
    case 'not-yet-valid':
      return [of('is not trusted'), of('is not yet activated'), 'The certificate has not yet been activated']
    case 'chain-too-long':
    case 'bad-signature':
      return [of('is not trusted')]
    case 'no-certificate':
      return [`ERROR: No certificate presented by '${host}'.`]
    case 'self-signed':
    case 'self-signed-in-chain':
    case 'unknown-issuer':
    case 'invalid-authority':
      return [of('is not trusted'), of("doesn't have a known issuer")]
  }
}
