import { expect, test } from 'vitest'
import { podWith } from '../testing/objects.suite.ts'
import { podRequests, portsConflict } from './requests.ts'

test('init containers count by their peak, sidecars stay', () => {
  const container = (name: string, cpu: string) => ({ name, image: 'i', resources: { requests: { cpu } } })
  const spec = {
    initContainers: [{ ...container('proxy', '100m'), restartPolicy: 'Always' }, container('setup', '2')],
    containers: [container('a', '500m'), container('b', '500m')],
    overhead: { cpu: '10m' },
  }
  expect(podRequests(podWith({ name: 'p', spec })).get('cpu')).toBe(2110)
})

test.each([
  ['same port', { ip: '0.0.0.0', port: 80, protocol: 'TCP' }, true],
  ['other protocol', { ip: '0.0.0.0', port: 80, protocol: 'UDP' }, false],
  ['other address of two given ones', { ip: '10.0.0.2', port: 80, protocol: 'TCP' }, false],
])('host ports: %s', (_, other, conflict) => {
  expect(portsConflict({ ip: '10.0.0.1', port: 80, protocol: 'TCP' }, other)).toBe(conflict)
})
