// A cluster in real time behind doors, in the test's own process, and curl pointed at it.

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { services } from '@podwire/apiserver'
import { RealTimeDriver, VirtualTimeDriver } from '@podwire/engine'
import { createCertificateAuthority, type CertificateAuthority } from '../certificates/index.ts'
import type { Image } from '../images/image.ts'
import { applyManifests } from '../sdk/apply-manifests.ts'
import { Cluster } from '../sdk/cluster.ts'
import { composeCluster } from '../sdk/composition.ts'
import { readManifests, type ManifestSource } from '../sdk/manifests.ts'
import { hostAddressOf } from './host-address.ts'
import { openHostDoors, type HostDoors } from './host-doors.ts'

export interface Ran {
  readonly out: string
  readonly err: string
  readonly status: number | null
}

export class DoorWorld {
  readonly authority: CertificateAuthority
  readonly folder = mkdtempSync(join(tmpdir(), 'podwire-doors-'))
  readonly #cluster: Cluster
  readonly #driver: RealTimeDriver
  readonly doors: HostDoors

  private constructor(authority: CertificateAuthority, cluster: Cluster, driver: RealTimeDriver, doors: HostDoors) {
    this.authority = authority
    this.#cluster = cluster
    this.#driver = driver
    this.doors = doors
    writeFileSync(join(this.folder, 'ca.pem'), authority.certificate)
  }

  static async open(
    manifests: (authority: CertificateAuthority) => ManifestSource,
    { images = [], socksPort }: { readonly images?: readonly Image[]; readonly socksPort?: number } = {},
  ): Promise<DoorWorld> {
    const nowMs = Math.floor(Date.now() / 1000) * 1000
    const authority = createCertificateAuthority({ nowMs })
    const composition = composeCluster({ nodes: 1, images, epochMs: nowMs - 60_000 })
    const time = new VirtualTimeDriver(composition.engine)
    await time.settle()
    await applyManifests(composition, time, readManifests(manifests(authority)))
    await time.settle()
    await time.advance(Math.max(0, 60_000_000 - composition.engine.clock.now()))
    const driver = new RealTimeDriver(composition.engine)
    const cluster = new Cluster(composition, driver)
    const warn = (message: string): void => console.log(message)
    const socks = socksPort === undefined ? {} : { socksPort }
    const doors = await openHostDoors(cluster, driver, { dnsPort: 0, onWarning: warn, ...socks })
    return new DoorWorld(authority, cluster, driver, doors)
  }

  get cluster(): Cluster {
    return this.#cluster
  }

  /** Where the node's address is on this machine. */
  get node(): string {
    return hostAddressOf('172.18.0.2', this.doors.block)
  }

  /** The controller's node port for http or https. */
  port(name: 'http' | 'https'): number {
    const service = this.#cluster.client.get(services, { namespace: 'ingress-nginx', name: 'ingress-nginx-controller' })
    return service.spec.ports?.find((port) => port.name === name)?.nodePort ?? 0
  }

  /** Runs a real curl that trusts the authority and finds these hosts at the controller's https node port. */
  curl(host: string, path: string, ...flags: readonly string[]): Promise<Ran> {
    const port = this.port('https')
    const common = ['-sS', '-m', '10', '--cacert', join(this.folder, 'ca.pem')]
    return run('curl', [
      ...common,
      '--resolve',
      `${host}:${port}:${this.node}`,
      ...flags,
      `https://${host}:${port}${path}`,
    ])
  }

  async close(): Promise<void> {
    await this.doors.close()
    this.#driver[Symbol.dispose]()
    await this.#cluster.stop()
    rmSync(this.folder, { recursive: true })
  }
}

export function run(command: string, args: readonly string[]): Promise<Ran> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  child.stdout.on('data', (data: Buffer) => (out += data.toString()))
  child.stderr.on('data', (data: Buffer) => (err += data.toString()))
  return new Promise((resolve) => child.on('close', (status) => resolve({ out, err, status })))
}
