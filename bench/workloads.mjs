// The control plane alone: API server, controllers and scheduler on virtual time, without nodes that run anything. Kubelets are
// played by a loop over bound pods, so that what is measured is what a pod costs the controllers and the scheduler.

import { createApiServer, deployments, namespaces, nodes, pods, services } from '@podwire/apiserver'
import { startControllerManager, startScheduler } from '@podwire/controllers'
import { Engine, SECOND, VirtualTimeDriver } from '@podwire/engine'

const NODES = 100
const AMOUNTS = { cpu: '64', memory: '256Gi', pods: '1000' }

let seed = 1

function controlPlane() {
  const engine = new Engine({ seed: seed++ })
  const { client } = createApiServer({ engine })
  const driver = new VirtualTimeDriver(engine)
  for (const name of ['default', 'kube-system', 'kube-node-lease']) {
    if (client.find(namespaces, { name }) === undefined) client.create(namespaces, { metadata: { name }, spec: {} })
  }
  startControllerManager({ engine, client, nodeHeartbeatUs: () => engine.clock.now() })
  startScheduler({ engine, client })
  return { engine, client, driver }
}

function addNodes({ client, engine }) {
  for (let i = 0; i < NODES; i++) {
    const name = `node-${i}`
    const labels = { 'kubernetes.io/hostname': name, 'topology.kubernetes.io/zone': `zone-${i % 3}` }
    const created = client.create(nodes, { metadata: { name, labels }, spec: {} })
    const lastTransitionTime = engine.clock.timestamp()
    const ready = { type: 'Ready', status: 'True', reason: 'KubeletReady', message: '', lastTransitionTime }
    const status = { capacity: AMOUNTS, allocatable: AMOUNTS, conditions: [ready] }
    client.update(nodes, { ...created, status }, { subresource: 'status' })
  }
}

const selector = { matchLabels: { app: 'web' } }
const template = {
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'web', image: 'example.test/web:1', resources: { requests: { cpu: '10m' } } }] },
}

/** Every pod that was bound runs, every pod that was deleted goes: what kubelets would have written by now. */
function playKubelets({ client, engine }) {
  const lastTransitionTime = engine.clock.timestamp()
  let changed = 0
  for (const pod of client.list(pods, { namespace: 'default' }).items) {
    if (pod.metadata.deletionTimestamp !== undefined) client.delete(pods, pod.metadata, { gracePeriodSeconds: 0 })
    else if (pod.spec.nodeName && pod.status?.phase === 'Pending') {
      const podIP = `10.${100 + (changed >> 16)}.${(changed >> 8) & 255}.${changed & 255}`
      const conditions = [...(pod.status.conditions ?? []), { type: 'Ready', status: 'True', lastTransitionTime }]
      const status = { ...pod.status, phase: 'Running', podIP, podIPs: [{ ip: podIP }], conditions }
      client.update(pods, { ...pod, status }, { subresource: 'status' })
    } else continue
    changed++
  }
  return changed
}

async function settle(plane) {
  do await plane.driver.settle()
  while (playKubelets(plane) > 0)
}

/**
 * A Deployment of `count` behind a Service goes up on 100 nodes, and down again. Returns milliseconds of processor time: a busy
 * machine does not change them. The control plane's start is not counted.
 */
async function deployment(count) {
  const plane = controlPlane()
  addNodes(plane)
  await settle(plane)
  const { client, driver } = plane
  const before = process.cpuUsage()
  client.create(services, {
    metadata: { namespace: 'default', name: 'web' },
    spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
  })
  const ref = { namespace: 'default', name: 'web' }
  client.create(deployments, { metadata: ref, spec: { replicas: count, selector, template } })
  await settle(plane)
  const { readyReplicas } = client.get(deployments, ref).status ?? {}
  if (readyReplicas !== count) throw new Error(`${readyReplicas} of ${count} replicas are ready`)
  client.modify(deployments, ref, (draft) => void (draft.spec.replicas = 0))
  await settle(plane)
  await driver.advance(SECOND)
  const left = client.list(pods, { namespace: 'default' }).items.length
  if (left !== 0) throw new Error(`${left} pods are left`)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/** The peer has no control plane of its own to measure. */
export const sideOf = () => ({ deployment })
