// Asks a running cluster something on one of its control routes, as its administrator.

import { request } from 'node:https'
import { PodwireError } from '@podwire/engine'
import type { ClusterAccess } from './kubeconfig.ts'

/** What the route answered, or `{ error }`. */
export function askCluster(cluster: ClusterAccess, route: string, body: object): Promise<object> {
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
            resolve(JSON.parse(text) as object)
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

/** What the cluster says is wrong. Its sentences are whole already; a bare reason gets the action before it. */
export class ClusterRefusal extends PodwireError {
  override readonly name = 'ClusterRefusal'

  constructor(action: string, text: string) {
    super(action, text)
    if (text.startsWith('Failed to ')) this.message = text
  }
}
