// A client of HTTP/2 that reads no more than it must: it opens streams and says when something comes on one of them. The frames are
// its own, so that the server is what is measured. RFC 9113 §4, RFC 7541 §6.2.2 (headers as they are, in no table).

import { connect } from 'node:tls'

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
const HEAD_BYTES = 9
const DATA = 0
const HEADERS = 1
const SETTINGS = 4
const WINDOW_UPDATE = 8
const END_STREAM = 1
const ACK = 1
const END_HEADERS = 4
const MUCH = 0x3f000000

function frame(type, flags, stream, payload = Buffer.alloc(0)) {
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** Up to 253 bytes. */
function text(value) {
  const length = value.length < 127 ? [value.length] : [127, value.length - 127]
  return Buffer.concat([Buffer.from(length), Buffer.from(value)])
}

function headerBlock(headers) {
  return Buffer.concat(headers.flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]))
}

function number(value) {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** Resolves with the connection once each of `count` streams of one request has its headers. @param heard told of each piece of data */
export async function openStreams(port, count, headers, heard) {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ALPNProtocols: ['h2'] })
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
  let rest = Buffer.alloc(0)
  let opened = 0
  const open = new Promise((resolve) => {
    socket.on('data', (chunk) => {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      let at = 0
      while (at + HEAD_BYTES <= bytes.length) {
        const length = bytes.readUIntBE(at, 3)
        if (at + HEAD_BYTES + length > bytes.length) break
        const type = bytes[at + 3]
        if (type === HEADERS && ++opened === count) resolve(undefined)
        if (type === DATA && length > 0) heard()
        at += HEAD_BYTES + length
      }
      rest = bytes.subarray(at)
    })
  })
  const request = headerBlock(headers)
  const window = frame(SETTINGS, 0, 0, Buffer.concat([Buffer.from([0, 4]), number(MUCH)]))
  const start = [PREFACE, window, frame(SETTINGS, ACK, 0), frame(WINDOW_UPDATE, 0, 0, number(MUCH))]
  for (let i = 0; i < count; i++) start.push(frame(HEADERS, END_STREAM | END_HEADERS, 1 + 2 * i, request))
  socket.write(Buffer.concat(start))
  await open
  return socket
}
