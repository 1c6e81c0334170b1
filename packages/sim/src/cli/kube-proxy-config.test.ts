// A configuration file of kube-proxy, read as its flags.

import { expect, test } from 'vitest'
import { readKubeProxyConfig } from './kube-proxy-config.ts'

const HEAD = 'apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n'

// What kubeadm writes.
const KUBEADM = `${HEAD}bindAddress: 0.0.0.0
bindAddressHardFail: false
clientConnection: { acceptContentTypes: "", burst: 0, contentType: "", kubeconfig: /var/lib/kube-proxy/kubeconfig.conf, qps: 0 }
clusterCIDR: 10.244.0.0/16
configSyncPeriod: 0s
conntrack: { maxPerCore: null, min: null, tcpBeLiberal: false, tcpCloseWaitTimeout: null, udpTimeout: 0s }
detectLocal: { bridgeInterface: "", interfaceNamePrefix: "" }
detectLocalMode: ""
enableProfiling: false
healthzBindAddress: ""
hostnameOverride: ""
iptables: { localhostNodePorts: null, masqueradeAll: false, masqueradeBit: null, minSyncPeriod: 1s, syncPeriod: 0s }
ipvs: { excludeCIDRs: null, minSyncPeriod: 0s, scheduler: "", strictARP: false, syncPeriod: 0s }
logging: { flushFrequency: 0, options: { json: { infoBufferSize: "0" } }, verbosity: 0 }
metricsBindAddress: ""
mode: ""
nftables: { masqueradeAll: false, masqueradeBit: null, minSyncPeriod: null, syncPeriod: null }
nodePortAddresses: null
oomScoreAdj: null
portRange: ""
showHiddenMetricsForVersion: ""
winkernel: { enableDSR: false, networkName: "", sourceVip: "" }
`

const indented = KUBEADM.replace(/^/gm, '    ')

test.each([
  { name: 'as kubeadm writes it', text: KUBEADM },
  {
    name: 'in its ConfigMap',
    text: `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: kube-proxy }\ndata:\n  config.conf: |\n${indented}`,
  },
])('$name', ({ text }) => {
  expect(readKubeProxyConfig(text)).toEqual({
    options: {
      bindAddress: '0.0.0.0',
      clusterCidr: '10.244.0.0/16',
      conntrackTcpBeLiberal: false,
      masqueradeAll: false,
    },
    hostnameOverride: undefined,
  })
})

test('every field that rules depend on', () => {
  const text = `${HEAD}bindAddress: 172.18.0.9
clusterCIDR: 10.0.0.0/8
conntrack: { tcpBeLiberal: true }
detectLocal: { bridgeInterface: cni0, interfaceNamePrefix: veth }
detectLocalMode: BridgeInterface
hostnameOverride: node-9
iptables: { localhostNodePorts: false, masqueradeAll: false, masqueradeBit: 20 }
ipvs: { scheduler: wlc }
mode: nftables
nftables: { masqueradeAll: true }
nodePortAddresses: [172.18.0.0/16]
portRange: 40000-40010
`
  expect(readKubeProxyConfig(text)).toEqual({
    options: {
      proxyMode: 'nftables',
      bindAddress: '172.18.0.9',
      clusterCidr: '10.0.0.0/8',
      nodePortAddresses: ['172.18.0.0/16'],
      detectLocalMode: 'BridgeInterface',
      podBridgeInterface: 'cni0',
      podInterfaceNamePrefix: 'veth',
      conntrackTcpBeLiberal: true,
      localhostNodePorts: false,
      masqueradeBit: 20,
      ipvsScheduler: 'wlc',
      masqueradeAll: true,
      proxyPortRange: '40000-40010',
    },
    hostnameOverride: 'node-9',
  })
})

test.each([
  { name: 'another kind', text: 'apiVersion: v1\nkind: Pod\n', says: 'has no KubeProxyConfiguration' },
  { name: 'an unknown field', text: `${HEAD}clusterCidr: 10.0.0.0/8\n`, says: 'there is no field clusterCidr' },
  {
    name: 'a wrong type',
    text: `${HEAD}iptables: { masqueradeBit: "14" }\n`,
    says: 'iptables.masqueradeBit is "14". It is a number.',
  },
  {
    name: 'a mode of Windows',
    text: `${HEAD}mode: kernelspace\n`,
    says: 'mode is "kernelspace". It is one of iptables, nftables',
  },
  { name: 'a list', text: `${HEAD}nodePortAddresses: [1]\n`, says: 'nodePortAddresses is [1]. It is a list of texts.' },
  {
    name: 'a bit',
    text: `${HEAD}nftables: { masqueradeBit: 13 }\n`,
    says: 'nftables.masqueradeBit 13 is not simulated',
  },
])('refused: $name', ({ text, says }) => {
  expect(() => readKubeProxyConfig(text)).toThrow(says)
})
