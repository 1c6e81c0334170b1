// haproxytech's kubernetes-ingress as its own manifest sets it up: namespace, IngressClass `haproxy`, a Deployment and a NodePort
// Service whose addresses the Ingresses show. Source: haproxytech/kubernetes-ingress deploy/haproxy-ingress.yaml.

import type { Manifest } from '@podwire/apiserver'

const NAMESPACE = 'haproxy-controller'
const NAME = 'haproxy-kubernetes-ingress'
const labels = { run: 'haproxy-ingress' }
const metadata = { name: NAME, namespace: NAMESPACE, labels }
const rules = [
  {
    apiGroups: [''],
    resources: ['configmaps', 'nodes', 'pods', 'namespaces', 'services', 'events', 'secrets'],
    verbs: ['get', 'list', 'watch'],
  },
  { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['get', 'list', 'watch'] },
  {
    apiGroups: ['networking.k8s.io'],
    resources: ['ingresses', 'ingresses/status', 'ingressclasses'],
    verbs: ['get', 'list', 'watch', 'update'],
  },
]

export function haproxyIngressManifests(dualStack: boolean): readonly Manifest[] {
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: NAME }, rules },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: NAME },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: NAME },
      subjects: [{ kind: 'ServiceAccount', name: NAME, namespace: NAMESPACE }],
    },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name: 'haproxy' },
      spec: { controller: 'haproxy.org/ingress-controller/haproxy' },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: {
        type: 'NodePort',
        ...(dualStack ? { ipFamilyPolicy: 'PreferDualStack' } : {}),
        selector: labels,
        ports: [
          { name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 },
          { name: 'https', port: 443, protocol: 'TCP', targetPort: 8443 },
        ],
      },
    },
    deployment(),
  ]
}

function deployment(): Manifest {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: NAME,
          containers: [
            {
              name: 'haproxy-ingress',
              image: 'haproxytech/kubernetes-ingress:3.2',
              args: ['--ingress.class=haproxy', `--publish-service=${NAMESPACE}/${NAME}`],
              ports: [
                { name: 'http', containerPort: 8080, protocol: 'TCP' },
                { name: 'https', containerPort: 8443, protocol: 'TCP' },
                { name: 'healthz', containerPort: 1042, protocol: 'TCP' },
              ],
              readinessProbe: { httpGet: { path: '/healthz', port: 1042 } },
              livenessProbe: { httpGet: { path: '/healthz', port: 1042 } },
            },
          ],
        },
      },
    },
  }
}
