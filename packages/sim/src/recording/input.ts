// What comes into a running cluster from outside, as a recording keeps it: requests of the API that may change something, actions of the
// podwire command, and what the doors of the host carry in. Each is data, and takes effect at one virtual time.

import type { BackendRequest, Backend, ExecRequest, KubeObject, RecordedRequest } from '@podwire/apiserver'

/** Sessions, streams and sockets are told apart by numbers, in the order they were asked for. */
export type Input =
  | { readonly do: 'request'; readonly request: RecordedRequest }
  /** `podwire exec`, `trace`, `fault`. */
  | { readonly do: 'control'; readonly route: string; readonly body: unknown }
  | { readonly do: 'nginx'; readonly text: string; readonly file: string }
  /** Exposed Services get addresses on the host from here on. */
  | { readonly do: 'doors'; readonly block: number }
  | ({ readonly do: 'event'; readonly owner: KubeObject; readonly type: 'Normal' | 'Warning' } & {
      readonly reason: string
      readonly message: string
    })
  | ({ readonly do: 'connect'; readonly id: number; readonly from: string } & SocketPlace)
  | { readonly do: 'forward'; readonly id: number; readonly pod: PodPlace; readonly port: number }
  | { readonly do: 'proxy'; readonly id: number; readonly backend: Backend; readonly request: BackendRequest }
  | { readonly do: 'write'; readonly id: number; readonly data: Uint8Array }
  | { readonly do: 'end' | 'destroy'; readonly id: number }
  | { readonly do: 'bind'; readonly id: number; readonly from: string }
  | ({ readonly do: 'send'; readonly id: number; readonly data: Uint8Array } & SocketPlace)
  | { readonly do: 'close'; readonly id: number }
  | { readonly do: 'exec'; readonly id: number; readonly pod: PodPlace; readonly request: ExecRequest }
  | {
      readonly do: 'attach'
      readonly id: number
      readonly pod: PodPlace
      readonly request: Omit<ExecRequest, 'command'>
    }
  | { readonly do: 'stdin'; readonly id: number; readonly data: Uint8Array }
  | { readonly do: 'stdin-end' | 'abort'; readonly id: number }
  | { readonly do: 'resize'; readonly id: number; readonly columns: number; readonly rows: number }
  /** Something of which no recording holds enough to give it again. */
  | { readonly do: 'untold'; readonly what: string }

interface SocketPlace {
  readonly address: string
  readonly port: number
}

export interface PodPlace {
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

/** One line about it, for lists and messages. */
export function inputText(input: Input): string {
  switch (input.do) {
    case 'request':
      return `${input.request.method} ${input.request.url} by ${input.request.user.name}`
    case 'control':
      return `podwire ${input.route.split('/').at(-1) ?? ''} ${controlText(input.body)}`.trim()
    case 'nginx':
      return `nginx outside with ${input.file}`
    case 'doors':
      return 'exposed Services are served on the host'
    case 'event':
      return `event ${input.reason} of ${input.owner.kind} ${input.owner.metadata.name}`
    case 'connect':
      return `connection ${input.id} from ${input.from} to ${input.address}:${input.port}`
    case 'forward':
      return `connection ${input.id} by port-forward to ${podText(input.pod)} ${input.port}`
    case 'proxy':
      return `connection ${input.id} by the API's proxy: ${input.request.method} ${input.backend.address}:${input.backend.port}${input.request.target}`
    case 'write':
      return `connection ${input.id} sends ${input.data.length} bytes`
    case 'end':
      return `connection ${input.id} has no more to send`
    case 'destroy':
      return `connection ${input.id} is dropped`
    case 'bind':
      return `UDP socket ${input.id} at ${input.from}`
    case 'send':
      return `UDP socket ${input.id} sends ${input.data.length} bytes to ${input.address}:${input.port}`
    case 'close':
      return `UDP socket ${input.id} is closed`
    case 'exec':
      return `session ${input.id}: exec in ${podText(input.pod)}: ${input.request.command.join(' ')}`
    case 'attach':
      return `session ${input.id}: attach to ${podText(input.pod)}`
    case 'stdin':
      return `session ${input.id} is sent ${input.data.length} bytes`
    case 'stdin-end':
      return `session ${input.id} has no more input`
    case 'abort':
      return `session ${input.id} is left`
    case 'resize':
      return `session ${input.id} has ${input.columns}×${input.rows} now`
    case 'untold':
      return `${input.what} (no recording holds it)`
  }
}

function podText({ namespace, name }: PodPlace): string {
  return `${namespace}/${name}`
}

/** The words of the command, as far as the body has them. */
function controlText(body: unknown): string {
  if (typeof body !== 'object' || body === null) return ''
  return Object.values(body)
    .flatMap((value: unknown) => (Array.isArray(value) ? value.map(String) : typeof value === 'string' ? [value] : []))
    .join(' ')
}
