// What every command needs that serves a cluster on this host: a folder for the kubeconfig, doors where there can be any, a word about
// bugs, and the wait for Ctrl-C.

import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { PodwireError, type Driver } from '@podwire/engine'
import { openHostDoors, type HostDoors, type RecordedDoors } from '../doors/host-doors.ts'
import { writingProblem } from '../document/file-problem.ts'
import type { Cluster } from '../sdk/cluster.ts'

/** One folder at a time: Node's recursive mkdir never comes back from file systems that refuse, such as /proc. */
export function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  try {
    mkdirSync(folder)
  } catch (error) {
    throw new PodwireError(
      `make the folder ${folder}`,
      writingProblem(error),
      'Choose a --kubeconfig in a folder you may write to.',
    )
  }
}

/** Without doors (no loopback network, as on macOS) the API server still serves kubectl. */
export async function tryDoors(
  cluster: Cluster,
  driver: Driver,
  options: { readonly dnsPort: number; readonly socksPort?: number; readonly recorded?: RecordedDoors },
): Promise<HostDoors | undefined> {
  try {
    return await openHostDoors(cluster, driver, { ...options, onWarning: warn })
  } catch (error) {
    if (!(error instanceof PodwireError)) throw error
    warn(error.message)
    return undefined
  }
}

function warn(message: string): void {
  process.stderr.write(`warning: ${message}\n`)
}

/** A task that throws is a bug; the cluster goes on without it. */
export function reportTaskError(error: unknown): void {
  process.stderr.write(`podwire: a bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
}

export function untilSignal(): Promise<void> {
  return new Promise((done) => {
    process.once('SIGINT', () => done())
    process.once('SIGTERM', () => done())
  })
}
