// Finds a running cluster: by --kubeconfig, KUBECONFIG, or where `podwire up` writes by default.

import { existsSync, readFileSync } from 'node:fs'
import { PodwireError } from '@podwire/engine'
import { readingProblem } from '../document/file-problem.ts'
import { yaml } from '../document/load-yaml.ts'

export const DEFAULT_KUBECONFIG = '.podwire/kubeconfig'

export interface ClusterAccess {
  readonly server: string
  readonly token: string
  /** PEM */
  readonly certificateAuthority: string
}

interface Kubeconfig {
  readonly clusters?: readonly { cluster?: { server?: string; 'certificate-authority-data'?: string } }[]
  readonly users?: readonly { user?: { token?: string } }[]
}

/** Where the kubeconfig of a running cluster should be. */
export function clusterKubeconfig(explicit: string | undefined): string {
  return explicit ?? process.env['KUBECONFIG']?.split(':')[0] ?? DEFAULT_KUBECONFIG
}

export function findCluster(explicit: string | undefined): ClusterAccess {
  const path = clusterKubeconfig(explicit)
  if (!existsSync(path)) {
    throw new PodwireError(
      'find a running cluster',
      `there is no kubeconfig ${path}`,
      'Start one with `podwire up`, or give --kubeconfig.',
    )
  }
  const config = readConfig(path)
  const cluster = config?.clusters?.[0]?.cluster
  const token = config?.users?.[0]?.user?.token
  if (cluster?.server === undefined || token === undefined) {
    throw new PodwireError(
      'find a running cluster',
      `${path} names no server and token`,
      'Use the kubeconfig that `podwire up` wrote.',
    )
  }
  const authority = Buffer.from(cluster['certificate-authority-data'] ?? '', 'base64').toString('utf8')
  return { server: cluster.server, token, certificateAuthority: authority }
}

/** @returns undefined for a file with nothing in it, or with something that is no YAML */
function readConfig(path: string): Kubeconfig | undefined {
  try {
    return (yaml().parse(readFileSync(path, 'utf8')) ?? undefined) as Kubeconfig | undefined
  } catch (error) {
    if (error instanceof yaml().YAMLParseError) return undefined
    throw new PodwireError(`find a running cluster by ${path}`, readingProblem(error), 'Give another --kubeconfig.')
  }
}
