// The place a kubeconfig is written to, looked at before anything boots: nothing there may be anybody else's, and no cluster that runs
// may lose the file that leads to it.

import { existsSync } from 'node:fs'
import { request } from 'node:https'
import { dirname, resolve } from 'node:path'
import { isRecord } from '@podwire/apiserver'
import { PodwireError } from '@podwire/engine'
import { readTextFile } from '../document/file-problem.ts'
import { yaml } from '../document/load-yaml.ts'
import { findCluster } from './kubeconfig.ts'
import { makeFolder } from './serving.ts'

/** What a kubeconfig of podwire's has one of. */
const OUR_NAME = 'podwire'

/** @throws PodwireError for a file that is not podwire's, and for one whose cluster runs */
export async function checkKubeconfigPlace(kubeconfig: string): Promise<void> {
  makeFolder(dirname(resolve(kubeconfig)))
  if (!existsSync(kubeconfig)) return
  const text = readTextFile(kubeconfig, `look at ${kubeconfig}`, 'Give another --kubeconfig.')
  if (!isOurs(text)) {
    throw new PodwireError(
      `write ${kubeconfig}`,
      'what stands there is not podwire’s, and would be lost',
      'Give another --kubeconfig; KUBECONFIG can name several files.',
    )
  }
  const server = text.trim() === '' ? undefined : await servedBy(kubeconfig)
  if (server === undefined) return
  throw new PodwireError(
    `write ${kubeconfig}`,
    `the cluster it leads to is running, at ${server}`,
    'Stop that one, or give another --kubeconfig.',
  )
}

/** Nothing at all is nobody's. */
function isOurs(text: string): boolean {
  if (text.trim() === '') return true
  try {
    const config: unknown = yaml().parse(text)
    const clusters: unknown = isRecord(config) ? config['clusters'] : undefined
    return Array.isArray(clusters) && clusters.every((one: unknown) => isRecord(one) && one['name'] === OUR_NAME)
  } catch {
    return false
  }
}

const ANSWER_LIMIT_MS = 1000

/** The server it leads to, when that answers. */
async function servedBy(kubeconfig: string): Promise<string | undefined> {
  const { server, certificateAuthority } = findCluster(kubeconfig)
  const answers = await new Promise<boolean>((answered) => {
    // Whoever shows a certificate of this authority is that cluster, whatever it says.
    const settings = { ca: certificateAuthority, timeout: ANSWER_LIMIT_MS, method: 'GET', agent: false }
    const sent = request(new URL('/livez', server), settings, (response) => {
      response.resume()
      answered(true)
    })
    sent.on('timeout', () => sent.destroy())
    sent.on('error', () => answered(false))
    sent.end()
  })
  return answers ? server : undefined
}
