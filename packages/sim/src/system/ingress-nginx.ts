// The nginx Ingress controller as its own deploy.yaml sets it up: namespace, IngressClass `nginx`, a Deployment and a NodePort
// Service (the bare-metal variant). Source: kubernetes/ingress-nginx deploy/static/provider/baremetal (fields, labels).
// Departure: its Service prefers both families where the cluster has them; deploy.yaml's says IPv4 alone.

import type { Manifest } from '@podwire/apiserver'

export const INGRESS_NAMESPACE = 'ingress-nginx'
export const INGRESS_IMAGE = 'registry.k8s.io/ingress-nginx/controller:v1.15.1'
export const INGRESS_SERVICE = 'ingress-nginx-controller'

const labels = {
  'app.kubernetes.io/component': 'controller',
  'app.kubernetes.io/instance': 'ingress-nginx',
  'app.kubernetes.io/name': 'ingress-nginx',
}
const inNamespace = { namespace: INGRESS_NAMESPACE }

/** @param dualStack Services of this cluster may have both families */
export function ingressNginxManifests(dualStack: boolean): readonly Manifest[] {
  return [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: INGRESS_NAMESPACE, labels: { 'app.kubernetes.io/name': 'ingress-nginx' } },
    },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'ingress-nginx', ...inNamespace, labels } },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name: 'nginx', labels },
      spec: { controller: 'k8s.io/ingress-nginx' },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: INGRESS_SERVICE, ...inNamespace, labels },
      spec: {
        type: 'NodePort',
        ...(dualStack ? { ipFamilyPolicy: 'PreferDualStack' } : {}),
        selector: labels,
        ports: [
          { name: 'http', port: 80, protocol: 'TCP', targetPort: 'http', appProtocol: 'http' },
          { name: 'https', port: 443, protocol: 'TCP', targetPort: 'https', appProtocol: 'https' },
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
    metadata: { name: INGRESS_SERVICE, ...inNamespace, labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: 'ingress-nginx',
          dnsPolicy: 'ClusterFirst',
          terminationGracePeriodSeconds: 300,
          containers: [
            {
              name: 'controller',
              image: INGRESS_IMAGE,
              args: [
                '/nginx-ingress-controller',
                '--election-id=ingress-nginx-leader',
                '--controller-class=k8s.io/ingress-nginx',
                '--ingress-class=nginx',
              ],
              env: [
                { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
                { name: 'POD_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
              ],
              ports: [
                { name: 'http', containerPort: 80, protocol: 'TCP' },
                { name: 'https', containerPort: 443, protocol: 'TCP' },
              ],
              resources: { requests: { cpu: '100m', memory: '90Mi' } },
              readinessProbe: { httpGet: { path: '/healthz', port: 10254 }, periodSeconds: 10, timeoutSeconds: 1 },
              livenessProbe: {
                httpGet: { path: '/healthz', port: 10254 },
                initialDelaySeconds: 10,
                failureThreshold: 5,
              },
            },
          ],
        },
      },
    },
  }
}
