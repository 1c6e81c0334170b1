// Chain names against vectors from real clusters.

import { expect, test } from 'vitest'
import { chainHash, endpointChainName, PortChainNames } from './names.ts'

test.each([
  { name: 'a named port', text: 'ns1/svc1:p80tcp', hash: 'XPGD46QRK7WJZT7O' },
  { name: 'its endpoint', text: 'ns1/svc1:p80tcp10.180.0.1:80', hash: 'SXIVWICOYRO3J4NJ' },
  { name: 'the API server', text: 'default/kubernetes:httpstcp', hash: 'NPX46M4PTMTKRN6Y' },
  { name: 'an unnamed port today', text: 'demo/myblogtcp', hash: 'F2KIP5XTJW7U6HIO' },
  { name: 'an unnamed port up to 1.18', text: 'demo/myblog:tcp', hash: 'WQNGJ7YFZKCTKPZK' },
])('the hash of $name', ({ text, hash }) => {
  expect(chainHash(text)).toBe(hash)
})

test('chains of one port share its hash', () => {
  const { cluster, local, external, firewall } = new PortChainNames('ns1/svc1:p80', 'tcp')
  expect([cluster, local, external, firewall]).toEqual([
    'KUBE-SVC-XPGD46QRK7WJZT7O',
    'KUBE-SVL-XPGD46QRK7WJZT7O',
    'KUBE-EXT-XPGD46QRK7WJZT7O',
    'KUBE-FW-XPGD46QRK7WJZT7O',
  ])
  expect(endpointChainName('ns1/svc1:p80', 'tcp', '10.180.0.1:80')).toBe('KUBE-SEP-SXIVWICOYRO3J4NJ')
})
