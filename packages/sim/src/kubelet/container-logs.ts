// Which log of a container a request means, and why there may be none. Source: pkg/kubelet/kubelet_pods.go (GetKubeletContainerLogs,
// validateContainerLogStatus).

import { KubeletRefusal, type ContainerStatus, type Pod } from '@podwire/apiserver'
import type { LogBuffer } from '../container/index.ts'
import type { ContainerSlot } from './container-slot.ts'

function statusOf({ status }: Pod, container: string): ContainerStatus | undefined {
  const all = [
    ...(status?.containerStatuses ?? []),
    ...(status?.initContainerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ]
  return all.find(({ name }) => name === container)
}

/** Why a container that has not run yet has no log. */
function waitingText(reason: string): string {
  if (reason === 'ErrImagePull') return "image can't be pulled"
  return reason === 'ImagePullBackOff' ? 'trying and failing to pull image' : reason
}

/** @throws KubeletRefusal 400 as the API server passes it on */
function assertHasLog(pod: Pod, container: string, previous: boolean): void {
  const who = `container ${JSON.stringify(container)} in pod ${JSON.stringify(pod.metadata.name)}`
  const found = statusOf(pod, container)
  if (found === undefined) throw new KubeletRefusal(400, `${who} is not available`)
  const { state, lastState } = found
  const last = lastState?.terminated?.containerID ?? ''
  if (previous) {
    if (last === '') throw new KubeletRefusal(400, `previous terminated ${who} not found`)
    return
  }
  if (state?.running !== undefined || last !== '') return
  if (state?.terminated !== undefined) {
    if ((state.terminated.containerID ?? '') === '') throw new KubeletRefusal(400, `${who} is terminated`)
    return
  }
  if (lastState?.terminated !== undefined) throw new KubeletRefusal(400, `${who} is terminated`)
  if (state?.waiting === undefined) throw new KubeletRefusal(400, `${who} is waiting to start - no logs yet`)
  throw new KubeletRefusal(400, `${who} is waiting to start: ${waitingText(state.waiting.reason ?? '')}`)
}

/** @throws KubeletRefusal */
export function containerLog(
  slot: ContainerSlot | undefined,
  pod: Pod,
  container: string,
  previous: boolean,
): LogBuffer | undefined {
  // Between two runs the last one is the previous one.
  const between = slot?.running === undefined && statusOf(pod, container)?.state?.waiting !== undefined
  const log = previous && !between ? slot?.previousLog : slot?.log
  if (log === undefined) assertHasLog(pod, container, previous)
  return log
}
