// A pod's host name, its domain, and /etc/hosts.
// Source: kubernetes pkg/kubelet/kubelet_pods.go (GeneratePodHostNameAndDomain, managedHostsFileContent).

import type { Pod } from '@podwire/apiserver'

const MAX_HOSTNAME = 63

export interface PodHostname {
  /** The short name, what `hostname` prints. */
  readonly hostname: string
  /** `web-0.nginx.default.svc.cluster.local`; undefined without a subdomain. */
  readonly fqdn: string | undefined
}

/** @param nodeName used by pods on the host's network */
export function podHostname(pod: Pod, clusterDomain: string, nodeName: string): PodHostname {
  const { spec } = pod
  if (spec.hostNetwork === true) return { hostname: nodeName, fqdn: undefined }
  const override = spec.hostnameOverride ?? ''
  if (override !== '') return { hostname: override, fqdn: undefined }
  const wanted = spec.hostname === undefined || spec.hostname === '' ? pod.metadata.name : spec.hostname
  const short = wanted.length > MAX_HOSTNAME ? wanted.slice(0, MAX_HOSTNAME).replace(/[-.]+$/, '') : wanted
  const subdomain = spec.subdomain ?? ''
  if (subdomain === '') return { hostname: short, fqdn: undefined }
  const fqdn = `${short}.${subdomain}.${pod.metadata.namespace ?? 'default'}.svc.${clusterDomain}`
  return { hostname: spec.setHostnameAsFQDN === true ? fqdn : short, fqdn }
}

const MANAGED = `# Kubernetes-managed hosts file.
127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
fe00::0\tip6-mcastprefix
fe00::1\tip6-allnodes
fe00::2\tip6-allrouters
`

/** The kubelet-managed /etc/hosts. @param nodeHosts the node's own file, for pods on the host's network */
export function hostsFile(pod: Pod, name: PodHostname, podIPs: readonly string[], nodeHosts: string): string {
  let text: string
  if (pod.spec.hostNetwork === true) {
    text = `# Kubernetes-managed hosts file (host network).\n${nodeHosts}`
  } else {
    const short =
      name.fqdn === undefined ? name.hostname : `${name.fqdn}\t${name.fqdn.slice(0, name.fqdn.indexOf('.'))}`
    text = MANAGED + podIPs.map((ip) => `${ip}\t${short}\n`).join('')
  }
  const aliases = pod.spec.hostAliases ?? []
  if (aliases.length === 0) return text
  const lines = aliases.map((alias) => `${alias.ip}\t${(alias.hostnames ?? []).join('\t')}\n`)
  return `${text}\n# Entries added by HostAliases.\n${lines.join('')}`
}

/** What a node has in its own /etc/hosts. */
export function nodeHostsFile(nodeName: string, nodeIPs: readonly string[]): string {
  const own = nodeIPs.map((ip) => `${ip}\t${nodeName}\n`).join('')
  return `127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n${own}`
}
