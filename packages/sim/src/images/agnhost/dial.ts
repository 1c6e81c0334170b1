// agnhost netexec's /dial: asks another server over HTTP, UDP or SCTP, some times, and reports what it said.
// Source: kubernetes test/images/agnhost/netexec (dialHandler). Its SCTP library has no deadlines: such a dial takes what the kernel takes.

import { SECOND } from '@podwire/engine'
import { SocketError } from '../../fabric/network.ts'
import { HttpError, sendHttp } from '../../http/index.ts'
import { dialProblem } from '../../http/dial-problem.ts'
import type { HttpResponse } from '../../http/message.ts'
import type { ContainerContext } from '../image.ts'
import { goResponse } from '../responses.ts'
import { errnoText } from './go-text.ts'

/** Asks other servers and reports: `{"responses":[…]}`, `{"errors":[…]}`. */
export async function dial(context: ContainerContext, query: URLSearchParams): Promise<HttpResponse> {
  const { clock } = context.engine
  const host = query.get('host') ?? ''
  const port = Number(query.get('port') ?? '0')
  const request = query.get('request') ?? ''
  const protocol = (query.get('protocol') ?? 'http').toLowerCase() || 'http'
  const refuse = (text: string): HttpResponse => goResponse(clock, 400, `${text}\n`)
  const triesText = query.get('tries') ?? '1'
  if (!/^[+-]?\d+$/.test(triesText)) {
    return refuse(`tries parameter is invalid. strconv.Atoi: parsing ${JSON.stringify(triesText)}: invalid syntax`)
  }
  if (request === '') return refuse('request parameter not specified. <nil>')
  const ask = DIALERS.get(protocol)
  if (ask === undefined) return refuse(`unsupported protocol. ${protocol}`)
  const responses: string[] = []
  const errors: string[] = []
  const found = /^[0-9.]+$|:/.test(host) ? { addresses: [host] } : await context.resolver.lookup(host)
  const address = 'addresses' in found ? found.addresses[0] : undefined
  if (address === undefined) return refuse(`host and/or port param are invalid. lookup ${host}: no such host`)
  const tries = Number(triesText)
  for (let round = 0; round < tries; round++) {
    const answer = await ask(context, address, port, request)
    if ('text' in answer) responses.push(answer.text)
    else errors.push(answer.error)
  }
  const body = { ...(errors.length > 0 ? { errors } : {}), ...(responses.length > 0 ? { responses } : {}) }
  return goResponse(clock, 200, JSON.stringify(body))
}

type DialAnswer = { readonly text: string } | { readonly error: string }

async function dialHttp(context: ContainerContext, address: string, port: number, path: string): Promise<DialAnswer> {
  try {
    const response = await sendHttp(context.network, {
      address,
      port,
      host: `${address}:${port}`,
      target: `/${path}`,
      timeoutUs: 5 * SECOND,
    })
    return { text: Buffer.from(response.body).toString('utf8') }
  } catch (error) {
    if (!(error instanceof SocketError) && !(error instanceof HttpError)) throw error
    const why =
      error instanceof SocketError
        ? (dialProblem(error, address, port) ??
          'context deadline exceeded (Client.Timeout exceeded while awaiting headers)')
        : 'EOF'
    return { error: `Get "http://${address}:${port}/${path}": ${why}` }
  }
}

function dialUdp(context: ContainerContext, address: string, port: number, text: string): Promise<DialAnswer> {
  const { promise, resolve } = context.engine.deferred<DialAnswer>()
  const socket = context.network.bindUdp(0)
  const done = (answer: DialAnswer): void => {
    context.engine.cancel(timer)
    socket.close()
    resolve(answer)
  }
  const timer = context.engine.schedule(5 * SECOND, 'netexec dial', () =>
    done({ error: `reading from udp connection failed. err:'read udp ${address}:${port}: i/o timeout'` }),
  )
  socket.onMessage = (data) => done({ text: Buffer.from(data).toString('utf8') })
  socket.onError = (error) => done({ error: `reading from udp connection failed. err:'${error.code}'` })
  socket.send(Buffer.from(text, 'utf8'), { address, port })
  return promise
}

async function dialSctp(context: ContainerContext, address: string, port: number, text: string): Promise<DialAnswer> {
  let failure = 'sctp dial failed. err:'
  let quote = ''
  try {
    const socket = await context.network.connectSctp({ address, port })
    ;[failure, quote] = ['reading from sctp connection failed. err:', "'"]
    socket.send(Buffer.from(text, 'utf8'))
    const answer = await socket.read()
    socket.end()
    if (answer !== undefined && answer.length > 0) return { text: Buffer.from(answer).toString('utf8') }
    return { error: `${failure}'${answer === undefined ? 'EOF' : '<nil>'}'` }
  } catch (error) {
    if (!(error instanceof SocketError)) throw error
    return { error: `${failure}${quote}${errnoText(error)}${quote}` }
  }
}

const DIALERS: ReadonlyMap<string, typeof dialHttp> = new Map([
  ['http', dialHttp],
  ['udp', dialUdp],
  ['sctp', dialSctp],
])
