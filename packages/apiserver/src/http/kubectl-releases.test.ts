// The real kubectl against clusters of older releases: manifests in the style of their time apply, and what a release does not
// have is kubectl's own "no matches for kind". Skipped with a reason where there is no kubectl.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KubectlCluster } from './kubectl-cluster.suite.ts'
import { findKubectls } from './kubectls.suite.ts'

const all = findKubectls()
const kubectls = all.filter((_kubectl, index) => index === 0 || index === all.length - 1)
if (kubectls.length === 0)
  process.stderr.write('skipped: kubectl and older releases, there is no kubectl on the PATH\n')

const POD = (label: string, image: string): string => `
    metadata:
      labels: {app: ${label}}
    spec:
      containers:
      - name: ${label}
        image: ${image}
        ports: [{containerPort: 8080}]`

/** As course material of 2016 to 2019 writes them. */
const WORKLOADS = `
apiVersion: extensions/v1beta1
kind: Deployment
metadata: {name: front}
spec:
  replicas: 2
  template:${POD('front', 'luksa/kubia')}
---
apiVersion: apps/v1beta1
kind: Deployment
metadata: {name: cart}
spec:
  template:${POD('cart', 'nginx:1.7.9')}
---
apiVersion: apps/v1beta2
kind: ReplicaSet
metadata: {name: set}
spec:
  selector:
    matchExpressions: [{key: app, operator: In, values: [set]}]
  template:${POD('set', 'luksa/kubia')}
---
apiVersion: extensions/v1beta1
kind: DaemonSet
metadata: {name: agent}
spec:
  template:${POD('agent', 'luksa/ssd-monitor')}
---
apiVersion: apps/v1beta1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  template:${POD('db', 'luksa/kubia-pet')}
---
apiVersion: extensions/v1beta1
kind: NetworkPolicy
metadata: {name: guard}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress:
  - from: [{podSelector: {matchLabels: {app: cart}}}]
    ports: [{port: 5432}]
`

const OTHERS = `
apiVersion: extensions/v1beta1
kind: Ingress
metadata:
  name: front
spec:
  tls: [{hosts: [front.example.com], secretName: "tls secret"}]
  rules:
  - host: front.example.com
    http:
      paths:
      - path: /
        backend: {serviceName: front-nodeport, servicePort: 80}
---
apiVersion: networking.k8s.io/v1beta1
kind: Ingress
metadata: {name: back}
spec:
  backend: {serviceName: back, servicePort: http}
---
apiVersion: batch/v1beta1
kind: CronJob
metadata: {name: tick}
spec:
  schedule: "0,15,30,45 * * * *"
  jobTemplate:
    spec:
      template:
        metadata: {labels: {app: tick}}
        spec:
          restartPolicy: OnFailure
          containers: [{name: main, image: luksa/batch-job}]
---
apiVersion: policy/v1beta1
kind: PodDisruptionBudget
metadata: {name: budget}
spec: {minAvailable: 1, selector: {matchLabels: {app: front}}}
---
apiVersion: autoscaling/v2beta1
kind: HorizontalPodAutoscaler
metadata: {name: scaler}
spec:
  scaleTargetRef: {apiVersion: extensions/v1beta1, kind: Deployment, name: front}
  minReplicas: 1
  maxReplicas: 5
  metrics: [{type: Resource, resource: {name: cpu, targetAverageUtilization: 30}}]
---
apiVersion: rbac.authorization.k8s.io/v1beta1
kind: Role
metadata: {name: reader}
rules: [{apiGroups: [""], resources: [services], verbs: [get, list]}]
`

const FILES = { 'workloads.yaml': WORKLOADS, 'others.yaml': OTHERS }

describe.each(kubectls)('kubectl $version', (kubectl) => {
  describe('and 1.15', () => {
    const cluster = new KubectlCluster(15)
    beforeAll(() => cluster.start(FILES))
    afterAll(() => cluster.stop())

    it.each([
      [
        'apply -f workloads.yaml',
        'deployment.extensions/front created\ndeployment.apps/cart created\nreplicaset.apps/set created\n' +
          'daemonset.extensions/agent created\nstatefulset.apps/db created\nnetworkpolicy.extensions/guard created\n',
      ],
      [
        'apply -f others.yaml',
        'ingress.extensions/front created\ningress.networking.k8s.io/back created\ncronjob.batch/tick created\n' +
          'poddisruptionbudget.policy/budget created\nhorizontalpodautoscaler.autoscaling/scaler created\n' +
          'role.rbac.authorization.k8s.io/reader created\n',
      ],
      ['get deployments.v1.apps front -o jsonpath={.spec.selector.matchLabels.app}', 'front'],
      ['get ingress back -o jsonpath={.apiVersion}/{.spec.backend.serviceName}', 'extensions/v1beta1/back'],
      ['scale deployment.extensions front --replicas=3', 'deployment.extensions/front scaled\n'],
      ['get deployments.v1beta1.apps front -o jsonpath={.spec.replicas}', '3'],
      [
        'apply -f workloads.yaml --server-side --force-conflicts -o name',
        'deployment.extensions/front\ndeployment.apps/cart\nreplicaset.apps/set\ndaemonset.extensions/agent\n' +
          'statefulset.apps/db\nnetworkpolicy.extensions/guard\n',
      ],
      ['delete ingress.extensions front', 'ingress.extensions "front" deleted\n'],
    ])('%s', async (command, out) => {
      const printed = await cluster.run(kubectl, command)
      expect({ ...printed, out: printed.out.replace(' from default namespace', '') }).toMatchObject({ code: 0, out })
      expect(printed.err).not.toContain('deprecated')
    })

    it('shows an Ingress as it was shown', async () => {
      const { out } = await cluster.run(kubectl, 'get ingresses.v1beta1.networking.k8s.io')
      expect(out.split('\n')[0]?.replace(/ +/g, ' ')).toBe('NAME HOSTS ADDRESS PORTS AGE')
    })
  })

  describe('and 1.21', () => {
    const cluster = new KubectlCluster(21)
    beforeAll(() => cluster.start(FILES))
    afterAll(() => cluster.stop())

    it('applies what is left, with warnings', async () => {
      const { code, err } = await cluster.run(kubectl, 'apply -f others.yaml')
      expect(code, err).toBe(0)
      const warnings = err.split('\n').filter((line) => line.includes('is deprecated in'))
      expect(warnings).toEqual([
        'Warning: extensions/v1beta1 Ingress is deprecated in v1.14+, unavailable in v1.22+; use networking.k8s.io/v1 Ingress',
        'Warning: networking.k8s.io/v1beta1 Ingress is deprecated in v1.19+, unavailable in v1.22+; use networking.k8s.io/v1 Ingress',
        'Warning: batch/v1beta1 CronJob is deprecated in v1.21+, unavailable in v1.25+; use batch/v1 CronJob',
        'Warning: policy/v1beta1 PodDisruptionBudget is deprecated in v1.21+, unavailable in v1.25+; use policy/v1 PodDisruptionBudget',
        'Warning: rbac.authorization.k8s.io/v1beta1 Role is deprecated in v1.17+, unavailable in v1.22+; use rbac.authorization.k8s.io/v1 Role',
      ])
    })

    it('prefers the newest', async () => {
      const { out } = await cluster.run(kubectl, 'get ingress back -o jsonpath={.apiVersion}')
      expect(out).toBe('networking.k8s.io/v1')
    })
  })

  describe('and 1.36', () => {
    const cluster = new KubectlCluster(36)
    beforeAll(() => cluster.start(FILES))
    afterAll(() => cluster.stop())

    it('finds no matches', async () => {
      const { code, err } = await cluster.run(kubectl, 'apply -f others.yaml')
      expect(code).toBe(1)
      expect(err).toContain('no matches for kind "Ingress" in version "extensions/v1beta1"')
      expect(err).toContain('no matches for kind "CronJob" in version "batch/v1beta1"')
    })
  })
})
