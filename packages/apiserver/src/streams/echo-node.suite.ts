// A node connection for tests: a few commands, a log, and ports that echo. Port 81 refuses.

import { PodwireError } from '@podwire/engine'
import {
  KubeletRefusal,
  type Backend,
  type BackendRequest,
  type BackendResponse,
  type ByteStream,
  type ExecOutput,
  type ExecResult,
  type ExecSession,
  type NodeConnection,
} from './node-connection.ts'

export interface EchoNode extends NodeConnection {
  /** What happened, in order. */
  readonly seen: string[]
  /** Sessions and connections that are open. */
  open: number
  /** Bytes that commands wrote (`pour`) or read (`sip`) so far. */
  moved: number
  /** Lets `sip` read on. */
  readonly thirst: Deferred<void>
}

function run(node: EchoNode, command: readonly string[], output: ExecOutput): ExecSession {
  const { promise, resolve } = deferred<ExecResult>()
  node.open++
  let over = false
  const finish = (result: ExecResult): void => {
    if (over) return
    over = true
    node.open--
    resolve(result)
  }
  const [name = '', ...args] = command
  if (name === 'echo') {
    void output.stdout(Buffer.from(`${args.join(' ')}\n`))
    finish({ exitCode: 0 })
  } else if (name === 'fail') {
    void output.stderr(Buffer.from('it failed\n'))
    finish({ exitCode: Number(args[0]) })
  } else if (name === 'large') {
    void output.stdout(Buffer.alloc(Number(args[0]), 'x'))
    finish({ exitCode: 0 })
  } else if (name === 'pour') void pour(node, Number(args[0]), output).then(() => finish({ exitCode: 0 }))
  else if (name !== 'cat' && name !== 'sip') finish({ error: `exec: "${name}": executable file not found in $PATH` })
  return {
    write: (data) => {
      node.moved += data.length
      if (name === 'sip') return node.thirst.promise
      return output.stdout(data)
    },
    closeStdin: () => {
      node.seen.push('stdin closed')
      finish({ exitCode: 0 })
    },
    resize: (columns, rows) => node.seen.push(`resize ${columns}x${rows}`),
    abort: () => {
      node.seen.push('aborted')
      finish({ exitCode: 137 })
    },
    result: promise,
  }
}

/** A program that writes as fast as it may. */
async function pour(node: EchoNode, bytes: number, output: ExecOutput): Promise<void> {
  const chunk = Buffer.alloc(64 * 1024, 'x')
  for (let left = bytes; left > 0; left -= chunk.length) {
    node.moved += Math.min(left, chunk.length)
    await output.stdout(chunk.subarray(0, left))
  }
}

interface Deferred<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
}

function deferred<T>(): Deferred<T> {
  const settle: ((value: T) => void)[] = []
  const promise = new Promise<T>((resolve) => settle.push(resolve))
  return { promise, resolve: (value) => settle[0]?.(value) }
}

export function createEchoNode(): EchoNode {
  const node: EchoNode = {
    seen: [],
    open: 0,
    moved: 0,
    thirst: deferred<void>(),
    commandRefusal: (_pod, container) =>
      container === 'gone' ? new KubeletRefusal(500, 'container not found ("gone")') : undefined,
    exec: (_pod, request, output) => run(node, request.command, output),
    attach: (_pod, _request, output) => run(node, ['cat'], output),
    logs: (pod, request, onText, onEnd) => {
      onText(Buffer.from(`log of ${pod.metadata.name}/${request.container}\n`))
      if (!request.follow) onEnd()
      return { stop: () => node.seen.push('log stopped') }
    },
    sendRequest: (backend, request, response) => echoRequest(backend, request, response),
    portForward: async (_pod, port, receive) => {
      await Promise.resolve()
      if (port === 81) throw new PodwireError(`forward port ${port}`, 'connection refused')
      node.open++
      let over = false
      const close = (): void => {
        if (!over) node.open--
        over = true
      }
      return {
        write: (data) => receive.data(data),
        end: () => {
          node.seen.push('forward ended')
          close()
          receive.end()
        },
        destroy: close,
      }
    },
  }
  return node
}

/** Answers a proxied request with what it was: a line of it, its headers, its body. */
function echoRequest(backend: Backend, request: BackendRequest, response: BackendResponse): ByteStream {
  if (backend.port === 81) response.error(`dial tcp ${backend.address}:81: connect: connection refused`)
  const upgrade = request.headers.some(([name]) => name.toLowerCase() === 'upgrade')
  if (upgrade)
    response.head(101, 'Switching Protocols', [
      ['Upgrade', 'echo'],
      ['Connection', 'Upgrade'],
    ])
  const parts: Uint8Array[] = []
  return {
    write: (data) => (upgrade ? response.data(data) : parts.push(data)),
    end: () => {
      if (upgrade) return response.end()
      const { scheme, address, port } = backend
      const lines = [`${request.method} ${scheme}://${address}:${port}${request.target}`]
      const body = { lines, headers: request.headers, body: Buffer.concat(parts).toString() }
      response.head(200, 'OK', [
        ['Content-Type', 'application/json'],
        ['Connection', 'close'],
      ])
      response.data(Buffer.from(JSON.stringify(body)))
      response.end()
    },
    destroy: () => {},
  }
}

export const POD = Object.freeze({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'p',
    namespace: 'default',
    uid: 'uid-p',
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
  },
  spec: { nodeName: 'node-1', containers: [{ name: 'c', image: 'i' }] },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
})

export const NODE = Object.freeze({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'node-1', uid: 'uid-n', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: {},
  status: { addresses: [{ type: 'InternalIP', address: '172.18.0.2' }] },
})
