// A load generator for HTTP/1.1 keep-alive connections: each sends its next request when the answer to the last one is complete.
// It reads no more of an answer than its code and length, so that the server is what is measured.

import { connect } from 'node:net'
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

/** One connection that sends requests until `take` gives no further number. */
function drive(port, request, take, wanted) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    socket.setNoDelay(true)
    let pending = 0
    let head = ''
    const next = () => {
      const number = take()
      if (number === undefined) return void socket.end()
      socket.write(requestBytes(request, number))
    }
    socket.on('connect', next)
    socket.on('error', reject)
    socket.on('close', resolve)
    socket.on('data', (chunk) => {
      if (pending > 0) {
        pending -= chunk.length
      } else {
        head += chunk.toString('latin1')
        const end = head.indexOf('\r\n\r\n')
        if (end < 0) return
        const code = Number(head.slice(9, 12))
        if (code !== wanted)
          return void socket.destroy(new Error(`${request.path} answered ${code}: ${head.slice(0, 600)}`))
        const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)[1])
        pending = length - (head.length - end - 4)
        head = ''
      }
      if (pending === 0) next()
    })
  })
}

/** Requests a second of one kind; `first` is the number of the first object to create. */
export async function requestsPerSecond(port, request, count, first) {
  let sent = 0
  const take = () => (sent < count ? first + sent++ : undefined)
  const start = performance.now()
  const wanted = request.method === 'POST' ? 201 : 200
  await Promise.all(Array.from({ length: CONNECTIONS }, () => drive(port, request, take, wanted)))
  return (count / (performance.now() - start)) * 1000
}
