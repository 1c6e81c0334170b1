// A load generator for HTTP/1.1 keep-alive connections: each sends its next request when the answer to the last one is complete.
// With `tls` the connections are TLS ones that take any certificate.
// It reads no more of an answer than its code and length, so that the server is what is measured.

import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { TOKEN } from './api-examples.mjs'

const CONNECTIONS = 16

function requestBytes({ method, path, body }, number) {
  const text = body === undefined ? '' : JSON.stringify(body(number))
  const head = [
    `${method} ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    `authorization: Bearer ${TOKEN}`,
    'accept: application/json',
  ]
  if (body !== undefined) head.push('content-type: application/json', `content-length: ${Buffer.byteLength(text)}`)
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${text}`)
}

/** One connection that sends what `next` gives, until it gives nothing. */
function drive({ host = '127.0.0.1', port, tls }, next, wanted) {
  return new Promise((resolve, reject) => {
    const socket =
      tls === undefined ? connect(port, host) : connectTls({ host, port, ...tls, rejectUnauthorized: false })
    socket.setNoDelay(true)
    let pending = 0
    let head
    const send = () => {
      const bytes = next()
      if (bytes === undefined) socket.end()
      else socket.write(bytes)
    }
    socket.on(tls === undefined ? 'connect' : 'secureConnect', send)
    socket.on('error', reject)
    socket.on('close', resolve)
    socket.on('data', (chunk) => {
      if (pending > 0) pending -= chunk.length
      else {
        head = head === undefined ? chunk : Buffer.concat([head, chunk])
        const end = head.indexOf('\r\n\r\n')
        if (end < 0) return
        const text = head.latin1Slice(0, end)
        const code = Number(text.slice(9, 12))
        if (code !== wanted) return void socket.destroy(new Error(`answered ${code}: ${head.latin1Slice(0, 600)}`))
        pending = Number(/content-length: (\d+)/i.exec(text)[1]) - (head.length - end - 4)
        head = undefined
      }
      if (pending === 0) send()
    })
  })
}

/** Requests a second of one kind; `first` is the number of the first object to create. */
export async function requestsPerSecond(port, request, count, first) {
  // Made before the clock starts: a quick server is not to wait for its clients.
  const requests = Array.from({ length: count }, (_, index) => requestBytes(request, first + index))
  let sent = 0
  const next = () => requests[sent++]
  const wanted = request.method === 'POST' ? 201 : 200
  return rateOf({ port }, CONNECTIONS, count, next, wanted)
}

async function rateOf(target, connections, count, next, wanted) {
  const start = performance.now()
  await Promise.all(Array.from({ length: connections }, () => drive(target, next, wanted)))
  return (count / (performance.now() - start)) * 1000
}

/** The same request again and again. @param target host, port, and `tls` with a server name */
export function repeatsPerSecond(target, connections, count, bytes) {
  let left = count
  return rateOf(target, connections, count, () => (left-- > 0 ? bytes : undefined), 200)
}
