// What a lab or a scenario may say about its cluster: the options of `createCluster` that are data, under the names `podwire up` has
// for them.

import { z } from 'zod'
import type { Scheduler } from '@podwire/proxy'
import { SCHEDULERS } from '../kube-proxy/flag-values.ts'
import { INGRESS_CONTROLLERS } from '../system/ingress-controller-names.ts'
import type { ClusterOptions } from '../sdk/options.ts'

/** One range, or one of each family with a comma. */
const ranges = z.string('write it in quotes, like "10.244.0.0/16,fd00:10:244::/56"').min(1, 'this text is empty')

export const clusterSchema = z.strictObject({
  nodes: z.int('write a whole number from 1 to 5000').min(1).max(5000).optional(),
  seed: z.int(`write a whole number up to ${Number.MAX_SAFE_INTEGER}`).optional(),
  kubernetesVersion: z
    .string('write it in quotes, like "1.18"')
    .regex(/^v?\d+\.\d+(\.\d+)?$/, 'write it like "1.18"')
    .optional(),
  proxyMode: z.enum(['iptables', 'ipvs', 'nftables', 'userspace']).optional(),
  ipvsScheduler: z.enum(SCHEDULERS).optional(),
  loadBalancer: z.enum(['metallb', 'cloud']).optional(),
  serviceNodePortRange: z
    .string()
    .regex(/^\d+-\d+$/, 'write it like 30000-32767')
    .optional(),
  ingress: z
    .union(
      [z.boolean(), z.array(z.enum(INGRESS_CONTROLLERS)).min(1)],
      `write true, false, or a list of ${INGRESS_CONTROLLERS.join(', ')}`,
    )
    .optional(),
  podNetworkCidr: ranges.optional(),
  serviceCidr: ranges.optional(),
  strictImages: z.boolean().optional(),
})
export type ClusterDescription = z.infer<typeof clusterSchema>

export function clusterOptions(description: ClusterDescription): ClusterOptions {
  const { proxyMode, ipvsScheduler, serviceNodePortRange, nodes, seed, kubernetesVersion, loadBalancer } = description
  const { ingress, strictImages, podNetworkCidr, serviceCidr } = description
  const given = {
    nodes,
    seed,
    kubernetesVersion,
    loadBalancer,
    ingress,
    strictImages,
    podNetworkCidr,
    serviceCidr,
    nodePortRange: serviceNodePortRange,
    proxy: proxyFlags(proxyMode, ipvsScheduler),
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as ClusterOptions
}

function proxyFlags(
  proxyMode: ClusterDescription['proxyMode'],
  ipvsScheduler: Scheduler | undefined,
): ClusterOptions['proxy'] {
  if (proxyMode === undefined && ipvsScheduler === undefined) return undefined
  return {
    ...(proxyMode === undefined ? {} : { proxyMode }),
    ...(ipvsScheduler === undefined ? {} : { ipvsScheduler }),
  }
}
