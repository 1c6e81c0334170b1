// One process in one network namespace: runs commands there, serves ports, dials. One JSON request a line on standard input, one
// JSON answer a line on standard output: {"run": […]}, {"serve": […]} or {"dial": […]}.

import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { createConnection, createServer } from 'node:net'
import { createInterface } from 'node:readline'

const plain = (address) => address.replace(/^::ffff:/, '')

/** Answers each connection or datagram with where it arrived and whom it saw, then closes. */
function serve({ protocol, address, port }) {
  return new Promise((resolve, reject) => {
    if (protocol === 'tcp') {
      const server = createServer((socket) => {
        socket.on('error', () => {})
        socket.end(`${plain(socket.localAddress)} ${socket.localPort} ${plain(socket.remoteAddress)}`)
      })
      server.once('error', reject)
      server.listen({ host: address, port, backlog: 2048 }, resolve)
      return
    }
    const socket = createSocket({ type: address.includes(':') ? 'udp6' : 'udp4' })
    socket.once('error', reject)
    socket.on('message', (_, peer) =>
      socket.send(`${address} ${port} ${peer.address}`, peer.port, peer.address, () => {}),
    )
    socket.bind(port, address, resolve)
  })
}

function dialTcp({ address, port, source, timeoutMs }) {
  return new Promise((resolve) => {
    let text = ''
    const socket = createConnection({ host: address, port, ...(source ? { localAddress: source } : {}) })
    const timer = setTimeout(() => done('TIMEOUT'), timeoutMs)
    const done = (outcome) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(outcome)
    }
    socket.on('data', (data) => (text += data))
    socket.on('end', () => done(text))
    socket.on('error', (error) => done(error.code))
  })
}

function dialUdp({ address, port, source, timeoutMs }) {
  return new Promise((resolve) => {
    const socket = createSocket({ type: address.includes(':') ? 'udp6' : 'udp4' })
    const timer = setTimeout(() => done('TIMEOUT'), timeoutMs)
    let over = false
    const done = (outcome) => {
      if (over) return
      over = true
      clearTimeout(timer)
      socket.close()
      resolve(outcome)
    }
    socket.on('message', (data) => done(data.toString()))
    socket.on('error', (error) => done(error.code))
    const send = () =>
      socket.connect(port, address, (failed) => {
        if (failed) done(failed.code)
        else socket.send('?', (error) => error && done(error.code))
      })
    if (source) socket.bind(0, source, send)
    else send()
  })
}

/** `count` dials of a flow, one after the other, up to the first without an answer; outcomes by number. */
async function dial(flow) {
  const outcomes = {}
  for (let i = 0; i < flow.count; i++) {
    const outcome = await (flow.protocol === 'tcp' ? dialTcp(flow) : dialUdp(flow))
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
    if (outcome === 'TIMEOUT') break
  }
  return outcomes
}

function run({ command, input }) {
  return new Promise((resolve) => {
    const child = spawn('sh', ['-c', command], { stdio: ['pipe', 'pipe', 'pipe'] })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (data) => (stdout += data))
    child.stderr.on('data', (data) => (stderr += data))
    child.stdin.on('error', () => {})
    child.on('close', (status) => resolve({ status, stdout, stderr }))
    child.stdin.end(input ?? '')
  })
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line)
  let answer
  try {
    if (request.run) answer = await run(request.run)
    else if (request.serve) answer = (await Promise.all(request.serve.map(serve)), {})
    else answer = await Promise.all(request.dial.map(dial))
  } catch (error) {
    answer = { error: String(error) }
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
process.exit(0)
