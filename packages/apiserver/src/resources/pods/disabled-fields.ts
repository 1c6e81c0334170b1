// Fields of pods behind gates that are off in 1.36: taken away without a word. Source: kubernetes pkg/api/pod/util.go
// (dropDisabledFields), pkg/features/kube_features.go.

import type { Container, EphemeralContainer, PodSpec, Volume } from '../../objects/index.ts'
import type { Mutable } from '../resource.ts'

/** @param spec with its defaults */
export function dropDisabledFields(spec: Mutable<PodSpec> | undefined): void {
  if (spec === undefined) return
  // GenericWorkload
  if (spec.schedulingGroup !== undefined) delete spec.schedulingGroup
  dropStopSignals(spec.containers)
  if (spec.initContainers !== undefined) dropStopSignals(spec.initContainers)
  if (spec.ephemeralContainers !== undefined) dropStopSignals(spec.ephemeralContainers)
  if (spec.volumes !== undefined) for (const volume of spec.volumes) dropProjections(volume)
}

/** ContainerStopSignals */
function dropStopSignals(containers: readonly (Mutable<Container> | Mutable<EphemeralContainer>)[]): void {
  for (const container of containers) {
    const { lifecycle } = container
    if (lifecycle?.stopSignal === undefined) continue
    delete lifecycle.stopSignal
    if (lifecycle.postStart === undefined && lifecycle.preStop === undefined) delete container.lifecycle
  }
}

/** ClusterTrustBundleProjection and PodCertificateRequest: the source stays, with nothing in it. */
function dropProjections({ projected }: Mutable<Volume>): void {
  if (projected?.sources === undefined) return
  for (const source of projected.sources) {
    if (source.clusterTrustBundle !== undefined) delete source.clusterTrustBundle
    if (source.podCertificate !== undefined) delete source.podCertificate
  }
}
