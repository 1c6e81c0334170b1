// On each node run the pods that the API has for it, and no others: a kubelet that hears of everything has let go of what was deleted.
// Source: kubernetes pkg/kubelet/kubelet.go (HandlePodCleanups).

import { pods } from '@podwire/apiserver'
import type { Cluster } from '../sdk/cluster.ts'
import { inTouch } from './in-touch.ts'
import type { Invariant } from './invariant.ts'

export const containersHavePods: Invariant = {
  name: 'containers-have-pods',
  watch(cluster, changes) {
    let again = new Set<string>()
    return () => {
      const touched = again
      for (const { last } of changes.of(pods)) if (last.spec.nodeName !== undefined) touched.add(last.spec.nodeName)
      again = new Set()
      return [...touched].flatMap((node) => {
        const { composition } = cluster
        const isAway = !inTouch(composition, `kubelet/${node}`)
        const problems = isAway ? [] : problemsOf(cluster, node)
        if (isAway || problems.length > 0) again.add(node)
        return problems
      })
    }
  },
}

function problemsOf({ client, composition }: Cluster, node: string): readonly string[] {
  return (composition.kubelets.get(node)?.pods() ?? []).flatMap(({ pod }) => {
    const { namespace = '', name, uid } = pod.metadata
    const stored = client.find(pods, { namespace, name })
    const isStored = stored?.metadata.uid === uid && stored?.spec.nodeName === node
    // A static pod runs whether its mirror is there or not.
    return isStored || isStatic(pod) ? [] : [`${node} runs ${namespace}/${name}, which the API server does not have`]
  })
}

const CONFIG_SOURCE = 'kubernetes.io/config.source'

function isStatic({
  metadata,
}: {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> }
}): boolean {
  const source = metadata.annotations?.[CONFIG_SOURCE]
  return source !== undefined && source !== 'api'
}
