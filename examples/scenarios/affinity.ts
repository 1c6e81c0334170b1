// Run it with: podwire run examples/scenarios/affinity.ts
import type { ScenarioContext } from '@podwire/sim'

export const title = 'Session affinity keeps a client on its pod until the pod is gone'
export const cluster = { nodes: 3, seed: 3, ingress: false }

export default async function ({ cluster, step }: ScenarioContext): Promise<void> {
  await step('three pods, a sticky Service and a client', async () => {
    await cluster.apply(new URL('../kubia.yaml', import.meta.url).pathname)
    await cluster.apply(`
apiVersion: v1
kind: Service
metadata: { name: sticky }
spec: { sessionAffinity: ClientIP, selector: { app: kubia }, ports: [{ port: 80, targetPort: 8080 }] }
`)
    await cluster.settle()
  })
  const first: string = await step('ten requests meet one pod', async () => {
    const replies = await cluster.pod('client').curl('http://sticky/', { times: 10 })
    const pods = new Set(replies.map(({ pod }) => pod ?? 'nobody'))
    if (pods.size !== 1) throw new Error(`they met ${[...pods].join(', ')}`)
    return [...pods][0] as string
  })
  await step('that pod goes, another one takes over', async () => {
    cluster.pod(first).delete({ gracePeriodSeconds: 0 })
    await cluster.settle()
    const { pod } = await cluster.pod('client').fetch('http://sticky/')
    if (pod === first) throw new Error(`${first} still answers`)
  })
}
