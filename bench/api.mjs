// The HTTP cases, one module for both sides: the same load against podwire's API server and against fastify alone that sends the
// same bytes. Each server is a process of its own.

import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { REQUESTS, TOKEN } from './api-examples.mjs'
import { requestsPerSecond } from './api-load.mjs'

const SERVER = fileURLToPath(new URL('./api-server.mjs', import.meta.url))

/** Starts a server process; resolves with its port and how to end it. */
function start(kind, answers) {
  return new Promise((resolve, reject) => {
    const child = fork(SERVER, [kind])
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`the ${kind} server ended with ${code}`)))
    child.once('message', ({ port }) => resolve({ port, stop: () => child.kill() }))
    if (answers !== undefined) child.send(answers)
  })
}

async function ask(port, { method, path, body }) {
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' }
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body(-1)) }),
  })
  return { code: response.status, body: await response.text() }
}

/** podwire's own answer to each request: what fastify is to send. */
async function recordAnswers() {
  const server = await start('podwire')
  const answers = {}
  for (const request of Object.values(REQUESTS)) {
    answers[`${request.method} ${request.path}`] = await ask(server.port, request)
  }
  server.stop()
  return answers
}

const running = new Map()

async function portOf(side) {
  if (!running.has(side)) running.set(side, await start(side, side === 'fastify' ? await recordAnswers() : undefined))
  return running.get(side).port
}

process.once('exit', () => {
  for (const server of running.values()) server.stop()
})

let created = 0

export async function requests(side, name, count) {
  const port = await portOf(side)
  const first = created
  created += count
  return requestsPerSecond(port, REQUESTS[name], count, first)
}
