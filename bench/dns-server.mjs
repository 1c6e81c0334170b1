// One UDP server in a process of its own, for dns.mjs: a socket that sends back what comes (`echo`), or the DNS server (`server`).

import { createSocket } from 'node:dgram'
import { serverOf } from './dns-cluster.mjs'

/** Binds a socket that answers each datagram with what `answer` returns. */
function serve(answer) {
  const socket = createSocket('udp4')
  socket.on('message', (data, from) => socket.send(answer(data, from), from.port, from.address))
  socket.bind(0, '127.0.0.1', () => process.send({ address: '127.0.0.1', port: socket.address().port }))
}

// Nobody is left to kill it: the bench has ended.
process.on('disconnect', () => process.exit(0))

const [kind] = process.argv.slice(2)
if (kind === 'echo') {
  // As many bytes as an answer has.
  process.once('message', ({ answerBytes }) => {
    const answer = Buffer.alloc(answerBytes, 7)
    serve((data) => (data.copy(answer, 0, 0, 2), answer))
  })
} else if (kind === 'server') {
  const { server } = await serverOf(1000)
  serve((data, from) => server.handleUdp(data, from))
} else throw new Error(`no such server: ${kind}`)
