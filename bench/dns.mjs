// The DNS server's cases: answers in process, by number of Services; a change of one Service and its answer; and questions over
// real UDP, beside a socket that sends back as many bytes without looking at them.

import { fork } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { fileURLToPath } from 'node:url'
import { services } from '@podwire/apiserver'
import { questionsFor, serverOf } from './dns-cluster.mjs'

const SERVER = fileURLToPath(new URL('./dns-server.mjs', import.meta.url))
/** Questions on their way at a time. */
const WINDOW = 64
const LOST_MS = 5000

const clusters = new Map()

async function clusterOf(count) {
  if (!clusters.has(count)) clusters.set(count, await serverOf(count))
  return clusters.get(count)
}

/** Answers a second, one after the other, with `count` Services. */
async function answersPerSecond(count, times) {
  const { ask } = await clusterOf(count)
  const questions = questionsFor(count)
  const start = performance.now()
  for (let i = 0; i < times; i++) ask(questions[i % questions.length])
  return (times / (performance.now() - start)) * 1000
}

/** Changes of one Service a second, each seen by the server and asked for, with `count` Services. */
async function changesPerSecond(count, times) {
  const { ask, client, driver } = await clusterOf(count)
  const [question] = questionsFor(count)
  const ref = { namespace: 'default', name: 'web-0' }
  const start = performance.now()
  for (let i = 0; i < times; i++) {
    client.modify(services, ref, (draft) => void (draft.metadata.labels = { turn: String(i) }))
    await driver.settle()
    ask(question)
  }
  return (times / (performance.now() - start)) * 1000
}

const running = new Map()

async function serverProcess(kind) {
  if (!running.has(kind)) {
    const child = fork(SERVER, [kind])
    process.once('exit', () => child.kill())
    const { ask } = await clusterOf(1000)
    if (kind === 'echo') child.send({ answerBytes: ask(questionsFor(1000)[0]).length })
    running.set(kind, await new Promise((resolve) => child.once('message', resolve)))
  }
  return running.get(kind)
}

/** Datagrams a second to a server and back, `WINDOW` on their way at a time. */
async function roundTripsPerSecond(side, count) {
  const { address, port } = await serverProcess(side === 'podwire' ? 'server' : 'echo')
  const questions = questionsFor(1000)
  const socket = createSocket('udp4')
  await new Promise((resolve) => socket.connect(port, address, resolve))
  let sent = 0
  let received = 0
  const start = performance.now()
  await new Promise((resolve, reject) => {
    const lost = setTimeout(() => reject(new Error(`${sent - received} datagrams were lost`)), LOST_MS + count / 2)
    const send = () => sent < count && socket.send(questions[sent++ % questions.length])
    socket.on('message', () => {
      if (++received === count) {
        clearTimeout(lost)
        resolve()
      } else send()
    })
    for (let i = 0; i < WINDOW; i++) send()
  })
  const elapsed = performance.now() - start
  socket.close()
  return (count / elapsed) * 1000
}

export function sideOf(side) {
  return { answersPerSecond, changesPerSecond, roundTripsPerSecond: (count) => roundTripsPerSecond(side, count) }
}
