// A node connection for tests: a few commands, a log, and ports that echo. Port 81 refuses.

import { PodwireError } from '@podwire/engine'
import type { ExecOutput, ExecResult, ExecSession, NodeConnection } from './node-connection.ts'

export interface EchoNode extends NodeConnection {
  /** What happened, in order. */
  readonly seen: string[]
  /** Sessions and connections that are open. */
  open: number
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
    output.stdout(Buffer.from(`${args.join(' ')}\n`))
    finish({ exitCode: 0 })
  } else if (name === 'fail') {
    output.stderr(Buffer.from('it failed\n'))
    finish({ exitCode: Number(args[0]) })
  } else if (name === 'large') {
    output.stdout(Buffer.alloc(Number(args[0]), 'x'))
    finish({ exitCode: 0 })
  } else if (name !== 'cat') finish({ error: `exec: "${name}": executable file not found in $PATH` })
  return {
    write: (data) => output.stdout(data),
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

function deferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  const settle: ((value: T) => void)[] = []
  const promise = new Promise<T>((resolve) => settle.push(resolve))
  return { promise, resolve: (value) => settle[0]?.(value) }
}

export function createEchoNode(): EchoNode {
  const node: EchoNode = {
    seen: [],
    open: 0,
    exec: (_pod, request, output) => run(node, request.command, output),
    attach: (_pod, _request, output) => run(node, ['cat'], output),
    logs: (pod, request, onText, onEnd) => {
      onText(Buffer.from(`log of ${pod.metadata.name}/${request.container}\n`))
      if (!request.follow) onEnd()
      return { stop: () => node.seen.push('log stopped') }
    },
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

export const NODE = Object.freeze({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'node-1', uid: 'uid-n', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
})

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
