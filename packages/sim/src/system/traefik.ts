// traefik v3 as its chart sets it up, in short: namespace, IngressClass `traefik`, rights, a Deployment and a NodePort Service whose
// addresses the Ingresses show. Source: traefik/traefik-helm-chart (names, labels, arguments), traefik docs
// getting-started/kubernetes.

import type { Manifest } from '@podwire/apiserver'

const NAMESPACE = 'traefik'
const labels = { 'app.kubernetes.io/name': 'traefik', 'app.kubernetes.io/instance': 'traefik-traefik' }
const metadata = { name: 'traefik', namespace: NAMESPACE, labels }
const rules = [
  { apiGroups: [''], resources: ['services', 'secrets', 'nodes'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
  {
    apiGroups: ['networking.k8s.io'],
    resources: ['ingresses', 'ingressclasses'],
    verbs: ['get', 'list', 'watch'],
  },
  { apiGroups: ['networking.k8s.io'], resources: ['ingresses/status'], verbs: ['update'] },
]

export function traefikManifests(dualStack: boolean): readonly Manifest[] {
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'traefik', labels }, rules },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'traefik', labels },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'traefik' },
      subjects: [{ kind: 'ServiceAccount', name: 'traefik', namespace: NAMESPACE }],
    },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name: 'traefik', labels },
      spec: { controller: 'traefik.io/ingress-controller' },
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
          { name: 'web', port: 80, protocol: 'TCP', targetPort: 'web' },
          { name: 'websecure', port: 443, protocol: 'TCP', targetPort: 'websecure' },
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
          serviceAccountName: 'traefik',
          terminationGracePeriodSeconds: 60,
          containers: [
            {
              name: 'traefik',
              image: 'docker.io/traefik:v3.7.9',
              args: [
                '--entryPoints.traefik.address=:8080/tcp',
                '--entryPoints.web.address=:8000/tcp',
                '--entryPoints.websecure.address=:8443/tcp',
                '--entryPoints.websecure.http.tls=true',
                '--api.dashboard=true',
                '--ping=true',
                '--providers.kubernetesingress',
                `--providers.kubernetesingress.ingressendpoint.publishedservice=${NAMESPACE}/traefik`,
              ],
              ports: [
                { name: 'traefik', containerPort: 8080, protocol: 'TCP' },
                { name: 'web', containerPort: 8000, protocol: 'TCP' },
                { name: 'websecure', containerPort: 8443, protocol: 'TCP' },
              ],
              readinessProbe: { httpGet: { path: '/ping', port: 8080 }, periodSeconds: 10, initialDelaySeconds: 2 },
              livenessProbe: { httpGet: { path: '/ping', port: 8080 }, periodSeconds: 10, initialDelaySeconds: 2 },
            },
          ],
        },
      },
    },
  }
}
