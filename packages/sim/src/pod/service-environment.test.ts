import { expect, test } from 'vitest'
import { serviceVariables, variableName, visibleServices } from './service-environment.ts'
import { sampleService } from './sample-objects.suite.ts'

const master = sampleService('kubernetes', '10.96.0.1', [{ name: 'https', port: 443 }], 'default')
const web = sampleService('my-web.v2', '10.96.3.4', [
  { name: 'http', port: 80, protocol: 'TCP' },
  { name: 'dns-udp', port: 53, protocol: 'UDP' },
])
const headless = sampleService('headless', 'None', [{ port: 80 }])
const external = sampleService('external', '', [{ port: 80 }])

test.each([
  { name: 'kubia', result: 'KUBIA' },
  { name: 'my-web.v2', result: 'MY_WEB_V2' },
  { name: '1st', result: '_1ST' },
])('variable name of $name', ({ name, result }) => expect(variableName(name)).toBe(result))

test('the variables of a Service with two ports', () => {
  expect([...serviceVariables([web])].map(([key, value]) => `${key}=${value}`)).toEqual([
    'MY_WEB_V2_SERVICE_HOST=10.96.3.4',
    'MY_WEB_V2_SERVICE_PORT=80',
    'MY_WEB_V2_SERVICE_PORT_HTTP=80',
    'MY_WEB_V2_SERVICE_PORT_DNS_UDP=53',
    'MY_WEB_V2_PORT=tcp://10.96.3.4:80',
    'MY_WEB_V2_PORT_80_TCP=tcp://10.96.3.4:80',
    'MY_WEB_V2_PORT_80_TCP_PROTO=tcp',
    'MY_WEB_V2_PORT_80_TCP_PORT=80',
    'MY_WEB_V2_PORT_80_TCP_ADDR=10.96.3.4',
    'MY_WEB_V2_PORT_53_UDP=udp://10.96.3.4:53',
    'MY_WEB_V2_PORT_53_UDP_PROTO=udp',
    'MY_WEB_V2_PORT_53_UDP_PORT=53',
    'MY_WEB_V2_PORT_53_UDP_ADDR=10.96.3.4',
  ])
})

test('IPv6 addresses are bracketed in URLs only', () => {
  const variables = serviceVariables([sampleService('six', 'fd00::7', [{ port: 80 }])])
  expect([variables.get('SIX_SERVICE_HOST'), variables.get('SIX_PORT')]).toEqual(['fd00::7', 'tcp://[fd00::7]:80'])
})

test.each([
  { name: 'links on: own Services and kubernetes', links: true, own: [web], result: ['kubernetes', 'my-web.v2'] },
  { name: 'links off: kubernetes alone', links: false, own: [web], result: ['kubernetes'] },
  { name: 'headless and ExternalName give none', links: true, own: [headless, external], result: ['kubernetes'] },
])('$name', ({ links, own, result }) => {
  expect(visibleServices(own, master, links).map((service) => service.metadata.name)).toEqual(result)
})

test('a kubernetes Service of the own namespace wins', () => {
  const own = sampleService('kubernetes', '10.96.9.9', [{ port: 1 }])
  expect(visibleServices([own], master, false).map((service) => service.spec.clusterIP)).toEqual(['10.96.9.9'])
})
