// The kubelets as the API server of a recorded cluster reaches them: exec, attach, port-forward and proxied requests begin, and are given
// what their clients send, when their turn has come. How fast a client reads is no part of the run.

import type { ByteStream, ExecResult, ExecSession, NodeConnection, Pod } from '@podwire/apiserver'
import type { Input, PodPlace } from './input.ts'
import type { Listeners } from './recorded-run.ts'
import type { Recorder } from './recorder.ts'

export function recordedNodes(inner: NodeConnection, recorder: Recorder): NodeConnection {
  return {
    commandRefusal: (pod, container) => inner.commandRefusal(pod, container),
    logs: (pod, request, onText, onEnd) => inner.logs(pod, request, onText, onEnd),
    exec: (pod, request, output) => {
      const input = { do: 'exec', id: recorder.nextId(), pod: placeOf(pod), request } as const
      return session(recorder, input, output)
    },
    attach: (pod, request, output) => {
      const input = { do: 'attach', id: recorder.nextId(), pod: placeOf(pod), request } as const
      return session(recorder, input, output)
    },
    portForward: (pod, port, receive) =>
      new Promise((resolve, reject) => {
        const id = recorder.nextId()
        const listeners: Listeners = {
          forwarded: () => resolve(stream(recorder, id)),
          failed: (error) => reject(error as Error),
          data: (bytes) => receive.data(bytes),
          ended: () => receive.end(),
          broken: (error) => receive.error(typeof error === 'string' ? error : error.code),
        }
        recorder.give({ do: 'forward', id, pod: placeOf(pod), port }, listeners).catch(reject)
      }),
    sendRequest: (backend, request, response) => {
      const id = recorder.nextId()
      recorder
        .give({ do: 'proxy', id, backend, request }, { response })
        .catch((error: unknown) => response.error(messageOf(error)))
      return stream(recorder, id)
    },
  }
}

function placeOf({ metadata: { namespace = '', name, uid } }: Pod): PodPlace {
  return { namespace, name, uid }
}

function stream(recorder: Recorder, id: number): ByteStream {
  return {
    // The caller may use its bytes again.
    write: (data) => recorder.send({ do: 'write', id, data: data.slice() }),
    end: () => recorder.send({ do: 'end', id }),
    destroy: () => recorder.send({ do: 'destroy', id }),
  }
}

function session(
  recorder: Recorder,
  input: Extract<Input, { do: 'exec' | 'attach' }>,
  output: Parameters<NodeConnection['exec']>[2],
): ExecSession {
  const { id } = input
  const result = new Promise<ExecResult>((resolve) => {
    const quick = {
      stdout: (data: Uint8Array): undefined => void output.stdout(data),
      stderr: (data: Uint8Array): undefined => void output.stderr(data),
    }
    const refused = (error: unknown): void => resolve({ error: messageOf(error) })
    recorder.give(input, { output: quick, result: (ended) => void ended.then(resolve, refused) }).catch(refused)
  })
  return {
    write: (data) => {
      recorder.send({ do: 'stdin', id, data: data.slice() })
      return undefined
    },
    closeStdin: () => recorder.send({ do: 'stdin-end', id }),
    resize: (columns, rows) => recorder.send({ do: 'resize', id, columns, rows }),
    abort: () => recorder.send({ do: 'abort', id }),
    result,
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
