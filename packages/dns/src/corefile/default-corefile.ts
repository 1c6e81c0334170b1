// The Corefile kubeadm puts into the `coredns` ConfigMap. Source: kubernetes cmd/kubeadm/app/phases/addons/dns/manifests.go.

export function kubeadmCorefile(zone: string): string {
  return `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes ${zone} in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30 {
       disable success ${zone}
       disable denial ${zone}
    }
    loop
    reload
    loadbalance
}
`
}

export const KUBEADM_COREFILE = kubeadmCorefile('cluster.local')
