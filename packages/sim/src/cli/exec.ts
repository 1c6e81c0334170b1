// `podwire exec`: sends a command to a running cluster's control route and prints what it printed.

import type { CommandResult } from '../sdk/command-runner.ts'
import { askCluster, ClusterRefusal } from './control-request.ts'
import { findCluster } from './kubeconfig.ts'

export const EXEC_ROUTE = '/podwire/v1/exec'

export interface ExecBody {
  readonly place: string
  readonly command: readonly string[]
}

export async function runExec(
  place: string,
  command: readonly string[],
  options: { kubeconfig?: string },
): Promise<number> {
  const body: ExecBody = { place, command }
  const answer = (await askCluster(findCluster(options.kubeconfig), EXEC_ROUTE, body)) as
    CommandResult | { readonly error: string }
  if ('error' in answer) throw new ClusterRefusal(`run ${command.join(' ')} on ${place}`, answer.error)
  process.stdout.write(answer.stdout)
  process.stderr.write(answer.stderr)
  return answer.exitCode
}
