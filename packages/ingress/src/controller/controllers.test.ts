// The contract of ingress controllers, held by each of them. What a real controller does differently is in its own test.

import { createHaproxyController } from '../haproxy/index.ts'
import { createTraefikController } from '../traefik/index.ts'
import { controllerContract } from './controller-contract.suite.ts'
import { createIngressController } from './ingress-controller.ts'

const HTTP = { scheme: 'http', port: 80 } as const

controllerContract({
  name: 'nginx',
  controllerName: 'k8s.io/ingress-nginx',
  className: 'nginx',
  create: (parts) =>
    createIngressController({ ...parts, controllerName: 'k8s.io/ingress-nginx', ingressClass: 'nginx' }),
})

controllerContract({
  name: 'traefik',
  controllerName: 'traefik.io/ingress-controller',
  className: 'traefik',
  create: (parts) => {
    const controller = createTraefikController({
      ...parts,
      name: 'traefik',
      hostname: 'traefik-0',
      release: { major: 3, minor: 7 },
      strictPrefix: true,
      allowEmptyServices: true,
    })
    const entryPoint = { name: 'web', frontend: HTTP, trust: { insecure: false, trusted: [] }, isDefault: true }
    return {
      handle: (request, peer) => controller.handle(request, peer, entryPoint),
      get reloads() {
        return controller.reloads
      },
      stop: () => controller.stop(),
    }
  },
  skip: [
    {
      reason: 'of a Path and a PathPrefix with one text the longer rule wins',
      cases: ['Exact wins over Prefix of the same path'],
    },
    {
      reason: 'the rule without host is one of all',
      cases: ['a known host does not fall back to rules without host'],
    },
    {
      reason: 'strict prefix matching is for every path type but Exact',
      cases: ['ImplementationSpecific is the beginning of the text'],
    },
  ],
})

controllerContract({
  name: 'haproxy',
  controllerName: 'haproxy.org/ingress-controller/haproxy',
  className: 'haproxy',
  create: ({ engine, client }) => {
    const controller = createHaproxyController({
      engine,
      client,
      name: 'haproxy',
      ingressClass: 'haproxy',
      publishService: 'default/front',
    })
    return {
      handle: (request, peer) => controller.handle(request, peer, HTTP),
      get reloads() {
        return controller.reloads
      },
      stop: () => controller.stop(),
    }
  },
})
