import { expect, test } from 'vitest'
import { podWith } from '../testing/objects.suite.ts'
import { milliValue, quantityValue } from './quantity.ts'
import { podRequests, portsConflict } from './requests.ts'

test.each([
  ['1', 1],
  ['100m', 0.1],
  ['1.5', 1.5],
  ['2Gi', 2 * 2 ** 30],
  ['500k', 500_000],
  ['1e3', 1000],
  ['', 0],
])('quantity %j', (text, value) => {
  expect(quantityValue(text)).toBeCloseTo(value)
})

test('cpu counts in thousandths, rounded up', () => {
  expect(['1', '250m', '0.0005'].map(milliValue)).toEqual([1000, 250, 1])
})

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
