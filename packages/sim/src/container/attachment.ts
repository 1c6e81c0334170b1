// What `kubectl attach` connects to: the standard input of a container's main program (spec.stdin) and its output as it is
// written, unfinished lines and terminal echo included. Source: kubernetes pkg/kubelet/cri/streaming, containerd's CRI.
// Departure: images' own programs read no standard input; only shells and tools do.

import type { ExecOutput, ExecResult, ExecSession } from '@podwire/apiserver'
import type { Deferred, Engine } from '@podwire/engine'
import { feedInput, type InputFeed } from '@podwire/shell'

/** As the container's spec has them. */
export interface StandardInput {
  readonly stdin?: boolean
  readonly stdinOnce?: boolean
  readonly tty?: boolean
}

interface Session {
  readonly output: ExecOutput
  readonly ended: Deferred<ExecResult>
}

export class Attachment {
  /** undefined: the program reads end of file at once. */
  readonly stdin: InputFeed | undefined
  readonly tty: boolean
  readonly #engine: Engine
  readonly #once: boolean
  readonly #sessions = new Set<Session>()
  /** The program's terminal takes a window size. */
  onResize: ((columns: number, rows: number) => void) | undefined

  constructor(engine: Engine, spec: StandardInput) {
    this.#engine = engine
    this.stdin = spec.stdin === true ? feedInput(engine) : undefined
    this.tty = spec.tty === true
    this.#once = spec.stdinOnce === true
  }

  /** Shows what is written from now on, until the container ends; input goes to the program if it has any. */
  open(withInput: boolean, output: ExecOutput): ExecSession {
    const session: Session = { output, ended: this.#engine.deferred<ExecResult>() }
    this.#sessions.add(session)
    const stdin = withInput ? this.stdin : undefined
    // A terminal outlives its client; a pipe that is read once ends with it.
    const detach = (): void => {
      if (this.#once && !this.tty) stdin?.end()
    }
    return {
      write: (data) => stdin?.push(data),
      closeStdin: detach,
      resize: (columns, rows) => this.onResize?.(columns, rows),
      abort: () => {
        this.#sessions.delete(session)
        detach()
      },
      result: session.ended.promise,
    }
  }

  write(stream: 'stdout' | 'stderr', text: string): void {
    if (this.#sessions.size === 0) return
    const data = Buffer.from(text, 'utf8')
    for (const { output } of [...this.#sessions]) void output[stream](data)
  }

  /** The container ended; how it ended is not attach's to say. */
  end(): void {
    for (const { ended } of this.#sessions) ended.resolve({ exitCode: 0 })
    this.#sessions.clear()
    this.stdin?.end()
  }
}
