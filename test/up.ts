// Starts `podwire up` as a process of its own, as a user does, and talks to it with real tools.

import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
const podwire = join(root, 'packages', 'sim', 'bin', 'podwire.js')

export interface Ran {
  readonly stdout: string
  readonly stderr: string
  readonly status: number
}

/** kubectl 1.27, 1.30 and 1.33 where they lie beside the one on the PATH; else that one alone. */
export function kubectls(): readonly (readonly [version: string, path: string])[] {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const kubectl = join(folder, 'kubectl')
    if (!existsSync(kubectl)) continue
    const beside = ['1.27', '1.30', '1.33'].map((version) => {
      const name = `kubectl.${version}`
      return [`kubectl ${version}`, join(dirname(realpathSync(kubectl)), name)] as const
    })
    const found = beside.filter(([, path]) => existsSync(path))
    return found.length > 0 ? found : [['kubectl', kubectl]]
  }
  return [['kubectl', 'kubectl']]
}

/** A running `podwire up`, and the tools pointed at it. */
export class UpProcess {
  readonly kubeconfig: string
  readonly #folder: string
  readonly #child: ChildProcess
  #output = ''
  #errors = ''

  constructor(flags: readonly string[] = []) {
    this.#folder = mkdtempSync(join(tmpdir(), 'podwire-'))
    this.kubeconfig = join(this.#folder, 'kubeconfig')
    this.#child = spawn(process.execPath, [podwire, 'up', '--kubeconfig', this.kubeconfig, ...flags], { cwd: root })
    this.#child.stdout?.on('data', (data: Buffer) => (this.#output += data.toString()))
    this.#child.stderr?.on('data', (data: Buffer) => (this.#errors += data.toString()))
  }

  get output(): string {
    return this.#output
  }

  get errors(): string {
    return this.#errors
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Resolves when it prints its line starting `ready`. */
  async ready(): Promise<void> {
    await this.until(() => /^ready /m.test(this.#output), 30_000)
  }

  /** Waits until `holds`, polling; fails with what the process printed. */
  async until(holds: () => boolean | Promise<boolean>, limitMs = 15_000): Promise<void> {
    const end = Date.now() + limitMs
    while (!(await holds())) {
      if (!this.running) throw new Error(`podwire up ended: ${this.#output}${this.#errors}`)
      if (Date.now() > end) throw new Error(`waited ${limitMs} ms in vain: ${holds.toString()}\n${this.#errors}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  run(command: string, args: readonly string[], input?: string): Ran {
    const result = spawnSync(command, args, {
      encoding: 'utf8',
      env: { ...process.env, KUBECONFIG: this.kubeconfig, HOME: this.#folder },
      ...(input === undefined ? {} : { input }),
      timeout: 60_000,
      maxBuffer: 64 * 1024 * 1024,
    })
    return { stdout: result.stdout, stderr: result.stderr, status: result.status ?? 1 }
  }

  kubectl(args: string, input?: string): Ran {
    return this.run('kubectl', args.split(' '), input)
  }

  /** `podwire exec PLACE -- …` */
  exec(place: string, ...command: readonly string[]): Ran {
    return this.run(process.execPath, [podwire, 'exec', '--kubeconfig', this.kubeconfig, place, '--', ...command])
  }

  /** Another subcommand of podwire, on this cluster. */
  podwire(...args: readonly string[]): Ran {
    return this.run(process.execPath, [podwire, ...args, '--kubeconfig', this.kubeconfig])
  }

  /** Ends it as Ctrl-C does; returns its exit status. */
  async stop(signal: 'SIGINT' | 'SIGTERM' = 'SIGINT'): Promise<number> {
    const ended = new Promise<number>((resolve) => {
      this.#child.once('exit', (code) => resolve(code ?? 1))
    })
    if (this.running) this.#child.kill(signal)
    const status = this.#child.exitCode ?? (await ended)
    rmSync(this.#folder, { recursive: true, force: true })
    return status
  }
}
