// Which endpoints node-1 (zone-1) uses.

import { expect, test } from 'vitest'
import { layoutOf } from '../iptables/layout.ts'
import { sampleNode, sampleService, sampleSlice, type SampleEndpoint } from '../sample-objects.suite.ts'
import { categorize } from './categories.ts'
import { endpointsOf } from './endpoint.ts'
import { nodeFactsOf } from './node-facts.ts'
import { servicePortsOf } from './service-port.ts'

const here = (more: Partial<SampleEndpoint> = {}): SampleEndpoint => ({ address: '10.0.0.1', node: 'node-1', ...more })
const there = (more: Partial<SampleEndpoint> = {}): SampleEndpoint => ({ address: '10.0.0.2', node: 'node-2', ...more })
const draining = { ready: false, serving: true, terminating: true }
const dead = { ready: false, serving: false, terminating: true }
const hint = (...zones: string[]) => ({ zones })

test.each([
  { name: 'all ready ones', endpoints: [here(), there()], cluster: '1 2', local: '' },
  { name: 'unready ones are not used', endpoints: [here({ ready: false }), there()], cluster: '2', local: '' },
  { name: 'draining ones step in', endpoints: [here(draining), there(dead)], cluster: '1', local: '' },
  { name: 'draining ones wait while one is ready', endpoints: [here(draining), there()], cluster: '2', local: '' },
  { name: 'none', endpoints: [here(dead)], cluster: '', local: '', hasEndpoints: false },
  { name: 'zone hints', endpoints: [here(hint('zone-1')), there(hint('zone-2'))], cluster: '1', local: '' },
  { name: 'one hint is missing', endpoints: [here(hint('zone-1')), there()], cluster: '1 2', local: '' },
  {
    name: 'no hint for this zone',
    endpoints: [here(hint('zone-3')), there(hint('zone-2'))],
    cluster: '1 2',
    local: '',
  },
  { name: 'internal Local', internal: true, endpoints: [here(), there()], cluster: '', local: '1' },
  {
    name: 'internal Local, elsewhere',
    internal: true,
    endpoints: [there()],
    cluster: '',
    local: '',
    hasInternal: false,
  },
  { name: 'external Local', external: true, endpoints: [here(), there()], cluster: '1 2', local: '1' },
  {
    name: 'external Local, elsewhere',
    external: true,
    endpoints: [there()],
    cluster: '2',
    local: '',
    hasExternal: false,
  },
  {
    name: 'external Local, draining here',
    external: true,
    endpoints: [here(draining), there()],
    cluster: '2',
    local: '1',
  },
  {
    name: 'draining ones before 1.26',
    release: 25,
    endpoints: [here(draining)],
    cluster: '',
    local: '',
    hasEndpoints: false,
  },
  {
    name: 'zone hints before 1.24',
    release: 23,
    endpoints: [here(hint('zone-1')), there(hint('zone-2'))],
    cluster: '1 2',
    local: '',
  },
  {
    name: 'internal Local before 1.22',
    release: 21,
    internal: true,
    endpoints: [here(), there()],
    cluster: '1 2',
    local: '',
  },
  {
    name: 'internal Local before 1.24',
    release: 23,
    internal: true,
    endpoints: [here(), there()],
    cluster: '1',
    local: '',
  },
])('$name', ({ endpoints, cluster, local, ...row }) => {
  const service = sampleService('web', {
    type: row.external === true ? 'NodePort' : 'ClusterIP',
    clusterIP: '10.96.0.1',
    ports: [{ port: 80, ...(row.external === true ? { nodePort: 30080 } : {}) }],
    ...(row.internal === true ? { internalTrafficPolicy: 'Local' } : {}),
    ...(row.external === true ? { externalTrafficPolicy: 'Local' } : {}),
  })
  const [port] = servicePortsOf(service, 'ipv4', layoutOf(36))
  expect(port).toBeDefined()
  if (port === undefined) return
  const found = categorize(
    port,
    endpointsOf([sampleSlice('s', 'web', [{ port: 80 }], endpoints)], 'ipv4', '', 'tcp', 'running'),
    nodeFactsOf(sampleNode(1)),
    layoutOf(row.release ?? 36),
  )
  const show = (list: readonly { readonly address: string }[]) => list.map(({ address }) => address.slice(-1)).join(' ')
  expect({ cluster: show(found.cluster), local: show(found.local) }).toEqual({ cluster, local })
  expect(found.hasEndpoints).toBe(row.hasEndpoints ?? true)
  expect(found.hasInternal).toBe(row.hasInternal ?? row.hasEndpoints ?? true)
  expect(found.hasExternal).toBe(row.hasExternal ?? row.hasEndpoints ?? true)
})
