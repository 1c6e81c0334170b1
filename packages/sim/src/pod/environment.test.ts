import type { ConfigMap, Container, Secret } from '@podwire/apiserver'
import { expect, test } from 'vitest'
import { containerEnvironment, type ConfigLookup } from './environment.ts'
import { samplePod } from './sample-objects.suite.ts'

const metadata = { uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z', namespace: 'shop' }
const config: ConfigLookup = {
  configMap: (_namespace, name): ConfigMap | undefined =>
    name !== 'settings'
      ? undefined
      : {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { ...metadata, name },
          data: { MYSQL_HOST: 'mysql', LEVEL: 'info' },
        },
  secret: (_namespace, name): Secret | undefined =>
    name !== 'login'
      ? undefined
      : { apiVersion: 'v1', kind: 'Secret', metadata: { ...metadata, name }, data: { PASSWORD: 'czNjcmV0' } },
}

const pod = samplePod(
  { serviceAccountName: 'robot' },
  { labels: { app: 'web', tier: 'front' }, annotations: { note: 'a "b"' } },
)

function environmentOf(container: Partial<Container>): unknown {
  const result = containerEnvironment({
    pod,
    container: { name: 'main', ...container },
    services: new Map([['KUBIA_SERVICE_HOST', '10.96.1.1']]),
    config,
    addresses: { hostIPs: ['172.18.0.2'], podIPs: ['10.244.0.9'] },
    allocatable: { cpu: '8', memory: '16Gi' },
  })
  return 'error' in result ? result.error : Object.fromEntries(result.declared)
}

const field = (name: string, fieldPath: string): NonNullable<Container['env']>[number] => ({
  name,
  valueFrom: { fieldRef: { fieldPath } },
})

test.each<{ name: string; container: Partial<Container>; result: unknown }>([
  { name: 'nothing', container: {}, result: {} },
  { name: 'a value', container: { env: [{ name: 'A', value: '1' }] }, result: { A: '1' } },
  { name: 'an empty value', container: { env: [{ name: 'A' }] }, result: { A: '' } },
  {
    name: 'references to earlier variables and Services',
    container: {
      env: [
        { name: 'A', value: 'x' },
        { name: 'B', value: '$(A)-$(KUBIA_SERVICE_HOST)-$(LATER)' },
        { name: 'LATER', value: 'y' },
      ],
    },
    result: { A: 'x', B: 'x-10.96.1.1-$(LATER)', LATER: 'y' },
  },
  {
    name: 'env wins over envFrom, prefixes are put in front',
    container: {
      envFrom: [{ configMapRef: { name: 'settings' } }, { secretRef: { name: 'login' }, prefix: 'DB_' }],
      env: [{ name: 'LEVEL', value: 'debug' }],
    },
    result: { MYSQL_HOST: 'mysql', LEVEL: 'debug', DB_PASSWORD: 's3cret' },
  },
  {
    name: 'keys of ConfigMap and Secret',
    container: {
      env: [
        { name: 'H', valueFrom: { configMapKeyRef: { name: 'settings', key: 'MYSQL_HOST' } } },
        { name: 'P', valueFrom: { secretKeyRef: { name: 'login', key: 'PASSWORD' } } },
      ],
    },
    result: { H: 'mysql', P: 's3cret' },
  },
  {
    name: 'an optional missing key is left out',
    container: {
      env: [{ name: 'H', valueFrom: { configMapKeyRef: { name: 'settings', key: 'no', optional: true } } }],
    },
    result: {},
  },
  {
    name: 'a missing ConfigMap',
    container: { envFrom: [{ configMapRef: { name: 'x' } }] },
    result: 'configmap "x" not found',
  },
  {
    name: 'a missing Secret',
    container: { env: [{ name: 'P', valueFrom: { secretKeyRef: { name: 'x', key: 'k' } } }] },
    result: 'secret "x" not found',
  },
  {
    name: 'a missing key',
    container: { env: [{ name: 'P', valueFrom: { configMapKeyRef: { name: 'settings', key: 'k' } } }] },
    result: "couldn't find key k in ConfigMap shop/settings",
  },
  {
    name: 'the downward API',
    container: {
      env: [
        field('NAME', 'metadata.name'),
        field('NAMESPACE', 'metadata.namespace'),
        field('APP', "metadata.labels['app']"),
        field('NOTE', "metadata.annotations['note']"),
        field('NODE', 'spec.nodeName'),
        field('ACCOUNT', 'spec.serviceAccountName'),
        field('HOST', 'status.hostIP'),
        field('IP', 'status.podIP'),
      ],
    },
    result: {
      NAME: 'web-0',
      NAMESPACE: 'shop',
      APP: 'web',
      NOTE: 'a "b"',
      NODE: 'node-1',
      ACCOUNT: 'robot',
      HOST: '172.18.0.2',
      IP: '10.244.0.9',
    },
  },
  {
    name: 'resources, rounded up by the divisor; a missing limit is the node',
    container: {
      resources: { limits: { cpu: '1500m', memory: '64Mi' } },
      env: [
        { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
        { name: 'MILLI', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1m' } } },
        { name: 'MEMORY', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
      ],
    },
    result: { CPU: '2', MILLI: '1500', MEMORY: '64' },
  },
  {
    name: 'resources, where nothing is said or zero: the node has the limits, nobody the requests',
    container: {
      resources: { limits: { memory: '0' } },
      env: [
        { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
        { name: 'MEMORY', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Gi' } } },
        { name: 'ASKED', valueFrom: { resourceFieldRef: { resource: 'requests.cpu', divisor: '1m' } } },
      ],
    },
    result: { CPU: '8', MEMORY: '16', ASKED: '0' },
  },
])('$name', ({ container, result }) => {
  expect(environmentOf(container)).toEqual(result)
})
