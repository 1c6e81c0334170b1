// A person at a terminal: runs a command under util-linux's script(1), which gives it a real pseudo-terminal, types, and reads.

import { spawn, type ChildProcess } from 'node:child_process'
import { root } from './up.ts'

export class TerminalSession {
  readonly #child: ChildProcess
  #shown = ''

  constructor(command: string, kubeconfig: string) {
    this.#child = spawn('script', ['-qec', command, '/dev/null'], {
      cwd: root,
      env: { ...process.env, KUBECONFIG: kubeconfig },
    })
    this.#child.stdout?.on('data', (data: Buffer) => (this.#shown += data.toString()))
  }

  /** Everything shown so far, with plain line breaks. */
  get shown(): string {
    return this.#shown.replaceAll('\r', '')
  }

  type(text: string): void {
    this.#child.stdin?.write(text)
  }

  /** Waits until the screen shows it, beyond the first `after` characters. Returns how much is shown then. */
  async sees(pattern: RegExp, after = 0, limitMs = 15_000): Promise<number> {
    const end = Date.now() + limitMs
    while (!pattern.test(this.shown.slice(after))) {
      if (Date.now() > end) throw new Error(`waited ${limitMs} ms in vain for ${String(pattern)}; shown: ${this.shown}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    return this.shown.length
  }

  /** The command's exit status, once it ended. */
  async ended(limitMs = 30_000): Promise<number> {
    if (this.#child.exitCode !== null) return this.#child.exitCode
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`it did not end; shown: ${this.shown}`)), limitMs)
      this.#child.once('exit', (code) => {
        clearTimeout(timer)
        resolve(code ?? 1)
      })
    })
  }

  close(): void {
    if (this.#child.exitCode === null) this.#child.kill('SIGKILL')
  }
}

/** A command that goes on until it is stopped (`kubectl get -w`, `logs -f`, `port-forward`). */
export class RunningCommand {
  readonly #child: ChildProcess
  #output = ''

  constructor(command: string, args: readonly string[], kubeconfig: string) {
    this.#child = spawn(command, args, { cwd: root, env: { ...process.env, KUBECONFIG: kubeconfig } })
    this.#child.stdout?.on('data', (data: Buffer) => (this.#output += data.toString()))
    this.#child.stderr?.on('data', (data: Buffer) => (this.#output += data.toString()))
  }

  /** Standard output and error together. */
  get output(): string {
    return this.#output
  }

  get ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  async stop(): Promise<void> {
    if (this.ended) return
    const gone = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()))
    this.#child.kill('SIGINT')
    await gone
  }
}
