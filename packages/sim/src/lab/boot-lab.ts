// Makes a lab's cluster and runs it to where the lab begins, in virtual time: its options, the servers
// outside, its manifests, an nginx in front of it.

import { basename, join } from 'node:path'
import { StatusError, type ApiServer } from '@podwire/apiserver'
import { PodwireError, SECOND, VirtualTimeDriver } from '@podwire/engine'
import { findOne, parseReference } from '../check/object-reference.ts'
import { clusterFault } from '../document/cluster-fault.ts'
import { clusterOptions } from '../document/cluster-schema.ts'
import { readTextFile } from '../document/file-problem.ts'
import { textResponse } from '../images/responses.ts'
import { serveHttp } from '../http/index.ts'
import { applyManifests } from '../sdk/apply-manifests.ts'
import { Cluster } from '../sdk/cluster.ts'
import { composeCluster, type Composition, type CompositionOptions } from '../sdk/composition.ts'
import { readManifests } from '../sdk/manifests.ts'
import type { Lab } from './lab.ts'

// What the pods of each manifest get to start and to fail in; broken clusters need not come to rest.
const START_US = 45 * SECOND
/** How far behind the host's clock a lab's cluster starts, so that it is at the present when the learner sees it. */
export const LAB_BOOT_US = 120 * SECOND

export async function bootLab(lab: Lab, more: CompositionOptions = {}): Promise<Composition> {
  const composition = compose(lab, more)
  const time = new VirtualTimeDriver(composition.engine)
  for (const server of lab.outside) serveOutside(composition, server)
  await time.settle()
  for (const [index, name] of lab.manifests.entries()) {
    const apply = (): Promise<unknown> => applyManifests(composition, time, readManifests(join(lab.folder, name)))
    await sayingWhere(lab, ['manifests', index], apply)
    await time.advance(START_US)
  }
  if (lab.patches.length > 0) {
    for (const [index, { object, patch }] of lab.patches.entries())
      await sayingWhere(lab, ['patches', index], () => patchObject(composition.server, object, patch))
    await time.advance(START_US)
  }
  if (lab.outerNginx !== undefined) {
    const file = join(lab.folder, lab.outerNginx)
    const text = readTextFile(file, `start nginx with ${file}`, 'Name an nginx configuration under outerNginx.')
    await new Cluster(composition, time).external.nginx(text, { file: `/etc/nginx/conf.d/${basename(lab.outerNginx)}` })
  }
  const behindUs = LAB_BOOT_US - composition.engine.clock.now()
  if (behindUs > 0) await time.advance(behindUs)
  return composition
}

/** @throws DocumentError for what no cluster can be made of */
function compose(lab: Lab, more: CompositionOptions): Composition {
  try {
    return composeCluster({ ...more, ...clusterOptions(lab.cluster) })
  } catch (error) {
    throw error instanceof PodwireError ? clusterFault(error, lab.cluster, lab.document) : error
  }
}

/** @throws DocumentError: what went wrong, at this place of lab.yaml */
async function sayingWhere({ document }: Lab, path: readonly PropertyKey[], work: () => unknown): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof PodwireError || error instanceof StatusError)) throw error
    const reason = error instanceof StatusError ? `the API server refuses it: ${error.message}` : error.reason
    throw document.error([document.problem(path, reason)])
  }
}

/** @throws StatusError as the API server answers; PodwireError for what is no object */
function patchObject(server: ApiServer, reference: string, patch: object): void {
  const { type, namespace } = parseReference(server, reference)
  server.client.patch(type, { namespace, name: findOne(server, reference).metadata.name }, 'merge', patch)
}

function serveOutside({ fabric, internet }: Composition, server: Lab['outside'][number]): void {
  const { address, port, answer, name } = server
  const network = fabric.externalHost()
  if (!network.addresses.includes(address)) fabric.addAddress('external', address)
  if (name !== undefined) internet.host(name, address)
  const text = answer.endsWith('\n') ? answer : `${answer}\n`
  const length = String(Buffer.byteLength(text))
  const headers = [
    ['Content-Type', 'text/plain; charset=utf-8'],
    ['Content-Length', length],
  ] as const
  serveHttp(network, port, () => textResponse(200, text, headers), { address })
}
