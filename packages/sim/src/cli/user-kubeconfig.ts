// `podwire kubeconfig`: a kubeconfig for another user of a running cluster, with a client certificate that names the user and
// their groups. What that user may do is up to the roles bound to them.

import { writeFileSync } from 'node:fs'
import { PodwireError } from '@podwire/engine'
import { writingProblem } from '../document/file-problem.ts'
import { askCluster, ClusterRefusal } from './control-request.ts'
import { findCluster } from './kubeconfig.ts'

export const KUBECONFIG_ROUTE = '/podwire/v1/kubeconfig'

export interface UserKubeconfigOptions {
  readonly kubeconfig?: string
  readonly user: string
  readonly group: readonly string[]
  readonly namespace?: string
  readonly output?: string
}

export async function runUserKubeconfig(options: UserKubeconfigOptions): Promise<number> {
  const { user, group, namespace, output } = options
  const body = { user, groups: group, ...(namespace === undefined ? {} : { namespace }) }
  const answer: { kubeconfig?: string; error?: string } = await askCluster(
    findCluster(options.kubeconfig),
    KUBECONFIG_ROUTE,
    body,
  )
  const { kubeconfig } = answer
  if (kubeconfig === undefined) throw new ClusterRefusal(`make a kubeconfig for ${user}`, answer.error ?? 'no answer')
  if (output === undefined) process.stdout.write(kubeconfig)
  else writeOut(output, kubeconfig)
  return 0
}

/** It holds a key: for its owner only. */
function writeOut(path: string, text: string): void {
  try {
    writeFileSync(path, text, { mode: 0o600 })
  } catch (error) {
    throw new PodwireError(`write ${path}`, writingProblem(error), 'Choose an --output in a folder you may write to.')
  }
}
