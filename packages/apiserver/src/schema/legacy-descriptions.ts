// Descriptions of API versions that a current server no longer has: those of the versions that replaced them, and of what only
// the old ones had.

import type { Descriptions } from './object-schema.ts'

/** Where the messages of a legacy group went, first match first. Other groups: `v1` of their own. */
const SUCCESSORS: ReadonlyMap<string, readonly string[]> = new Map([
  ['extensions', ['apps.v1', 'networking.v1', 'autoscaling.v1']],
  ['apps', ['apps.v1', 'autoscaling.v1']],
  ['autoscaling', ['autoscaling.v2']],
])

const ONLY_LEGACY: ReadonlyMap<string, string> = new Map([
  [
    'DaemonSetSpec.templateGeneration',
    'A number that grows with every change of the template. Filled in by the server.',
  ],
  ['DaemonSetUpdateStrategy.type', 'Type of update: "RollingUpdate" or "OnDelete".'],
  ['DeploymentSpec.rollbackTo', 'The revision this deployment is rolling back to. Cleared once that is done.'],
  ['HTTPIngressPath.backend', 'Where requests that match the path are sent.'],
  ['IngressBackend.serviceName', 'Name of the service that gets the traffic.'],
  ['IngressBackend.servicePort', 'Port of the service, by number or name.'],
  ['IngressSpec.backend', 'Where requests go that match no rule.'],
  ['ResourceMetricSource.targetAverageUtilization', 'Target average over all pods, in percent of what they request.'],
  ['ResourceMetricSource.targetAverageValue', 'Target average over all pods, as a quantity.'],
  ['RollbackConfig.revision', 'The revision to roll back to; 0 is the last one.'],
  ['ScaleStatus.targetSelector', 'The label selector of the scaled pods as text.'],
])

export function describeLegacy(
  schemaName: string,
  current: (schemaName: string) => Descriptions | undefined,
): Descriptions | undefined {
  const [, group = '', message = ''] = /^io\.k8s\.api\.(\w+)\.\w+\.(\w+)$/.exec(schemaName) ?? []
  const packages = SUCCESSORS.get(group) ?? [`${group}.v1`]
  const found = packages.map((name) => current(`io.k8s.api.${name}.${message}`)).find((entry) => entry !== undefined)
  const own = [...ONLY_LEGACY]
    .filter(([path]) => path.startsWith(`${message}.`))
    .map(([path, text]) => [path.slice(message.length + 1), text] as const)
  if (found === undefined && own.length === 0) return undefined
  return { description: found?.description ?? '', fields: { ...Object.fromEntries(own), ...found?.fields } }
}
