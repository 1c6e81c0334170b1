// `podwire exec`: sends a command to a running cluster's control route and prints what it printed.

import { request } from 'node:https'
import { PodwireError } from '@podwire/engine'
import type { CommandResult } from '../sdk/command-runner.ts'
import { findCluster, type ClusterAccess } from './kubeconfig.ts'

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
  const answer = await post(findCluster(options.kubeconfig), EXEC_ROUTE, body)
  if ('error' in answer) throw new PodwireError(`run ${command.join(' ')} on ${place}`, answer.error)
  process.stdout.write(answer.stdout)
  process.stderr.write(answer.stderr)
  return answer.exitCode
}

function post(
  cluster: ClusterAccess,
  route: string,
  body: object,
): Promise<CommandResult | { readonly error: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      new URL(route, cluster.server),
      {
        method: 'POST',
        ca: cluster.certificateAuthority,
        headers: { authorization: `Bearer ${cluster.token}`, 'content-type': 'application/json' },
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8')
          try {
            resolve(JSON.parse(text) as CommandResult | { error: string })
          } catch {
            reject(
              new PodwireError('talk to the cluster', `it answered ${response.statusCode ?? 0}: ${text.slice(0, 200)}`),
            )
          }
        })
      },
    )
    sent.on('error', (error) => {
      reject(new PodwireError('talk to the cluster', error.message, 'Is `podwire up` still running?'))
    })
    sent.end(JSON.stringify(body))
  })
}
