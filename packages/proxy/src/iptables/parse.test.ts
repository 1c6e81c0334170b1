// Text to rules and back; and what is refused, with its place.

import { expect, test } from 'vitest'
import { sampleService, sampleSlice, sampleTables } from '../sample-objects.suite.ts'
import { parseIptablesSave } from './parse.ts'
import { iptablesSave } from './print.ts'

const everything = sampleTables(
  [
    sampleService(
      'all',
      {
        type: 'LoadBalancer',
        clusterIP: '10.96.1.1',
        externalIPs: ['198.51.100.7'],
        externalTrafficPolicy: 'Local',
        healthCheckNodePort: 32001,
        loadBalancerSourceRanges: ['203.0.113.0/25', '172.18.0.0/16'],
        sessionAffinity: 'ClientIP',
        ports: [
          { name: 'http', port: 80, nodePort: 30080 },
          { name: 'dns', port: 53, nodePort: 30053, protocol: 'UDP' },
          { name: 'sigtran', port: 2905, nodePort: 30905, protocol: 'SCTP' },
        ],
      },
      { status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }, { ip: '192.0.2.2' }] } } },
    ),
    sampleService('none', { type: 'NodePort', clusterIP: '10.96.1.2', ports: [{ port: 80, nodePort: 30081 }] }),
  ],
  [
    sampleSlice(
      'all-1',
      'all',
      [
        { name: 'http', port: 8080 },
        { name: 'dns', port: 53, protocol: 'UDP' },
        { name: 'sigtran', port: 2905, protocol: 'SCTP' },
      ],
      [{ address: '10.244.0.5', node: 'node-1' }, { address: '10.244.1.5', node: 'node-2' }, { address: '10.244.1.6' }],
    ),
  ],
  { clusterCidr: '10.244.0.0/16' },
)

test('dump(parse(dump(x))) is dump(x)', () => {
  const text = iptablesSave(everything)
  expect(iptablesSave(parseIptablesSave(text))).toBe(text)
})

test('counters and comments are read over', () => {
  const text = '# Generated\n*nat\n:KUBE-X - [3:180]\n[1:60] -A KUBE-X -p tcp -m tcp --dport 80 -j RETURN\nCOMMIT\n'
  expect(iptablesSave(parseIptablesSave(text))).toContain('-A KUBE-X -p tcp -m tcp --dport 80 -j RETURN\n')
})

const inNat = (line: string): string => `*nat\n:KUBE-X - [0:0]\n${line}\nCOMMIT\n`

test.each([
  { name: 'an unknown table', text: '*raw\n', message: 'line 1, column 2: table raw is not simulated' },
  { name: 'a rule outside of a table', text: '-A INPUT -j DROP\n', message: 'line 1, column 1: a line outside' },
  { name: 'an undeclared chain', text: inNat('-A KUBE-Y -j DROP'), message: 'line 3, column 4: chain KUBE-Y is not' },
  {
    name: 'an unknown match',
    text: inNat('-A KUBE-X -m string --string x'),
    message: 'column 14: match string is not',
  },
  { name: 'an unknown target', text: inNat('-A KUBE-X -j LOG'), message: 'column 14: target LOG is not simulated' },
  { name: 'an unknown option', text: inNat('-A KUBE-X --fragment'), message: 'column 11: --fragment is not simulated' },
  { name: 'a port range', text: inNat('-A KUBE-X -p tcp -m tcp --dport 1:2'), message: 'column 33: a port 1:2 is not' },
  { name: 'a bad address', text: inNat('-A KUBE-X -s 10.0.0.256'), message: 'column 14: 10.0.0.256 is no address' },
  { name: 'an open quote', text: inNat('-A KUBE-X -m comment --comment "x'), message: 'column 32: a quote is not' },
  { name: 'a missing word', text: inNat('-A KUBE-X -j'), message: 'line 3, column 13: expected a target' },
])('refuses $name', ({ text, message }) => {
  expect(() => parseIptablesSave(text)).toThrow(message)
})
