// An API server of a given release on plain HTTP, and kubectl run against it.

import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Engine, RealTimeDriver } from '@podwire/engine'
import { createApiServer, type ApiServer } from '../server.ts'
import { ADMIN_USER } from './authentication.ts'
import type { Kubectl } from './kubectls.suite.ts'
import { startHttpServer, type HttpServer } from './server.ts'

export interface Printed {
  readonly code: number
  readonly out: string
  readonly err: string
}

export class KubectlCluster {
  readonly #engine = new Engine()
  readonly #driver = new RealTimeDriver(this.#engine)
  readonly api: ApiServer
  readonly #minor: number
  #folder = ''
  #server: HttpServer | undefined

  constructor(minor: number) {
    this.#minor = minor
    this.api = createApiServer({ engine: this.#engine, kubernetesVersion: { major: 1, minor } })
    this.api.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } })
  }

  async start(files: Readonly<Record<string, string>> = {}): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), 'podwire-kubectl-'))
    for (const [name, content] of Object.entries(files)) await writeFile(join(this.#folder, name), content)
    const resources = this.api.registry.all()
    this.#server = await startHttpServer({
      engine: this.#engine,
      driver: this.#driver,
      handler: this.api.requestHandler,
      resources: () => resources,
      kubernetesVersion: `v1.${this.#minor}.0`,
      token: 'none',
      anonymous: ADMIN_USER,
    })
  }

  async stop(): Promise<void> {
    await this.#server?.close()
    this.#driver[Symbol.dispose]()
    await rm(this.#folder, { recursive: true, force: true })
  }

  run({ path, version }: Kubectl, command: string): Promise<Printed> {
    const server = `http://127.0.0.1:${this.#server?.port ?? 0}`
    const words = ['--server', server, '--cache-dir', join(this.#folder, `cache-${version}`), ...command.split(' ')]
    const options = { cwd: this.#folder, timeout: 20_000, env: { ...process.env, KUBECONFIG: '/dev/null' } }
    return new Promise((resolve) => {
      execFile(path, words, options, (error, out, err) => {
        resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, out, err })
      })
    })
  }
}
