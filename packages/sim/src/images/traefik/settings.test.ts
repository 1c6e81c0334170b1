import { expect, test } from 'vitest'
import { readSettings } from './settings.ts'

const ports = (argv: readonly string[], environment: Readonly<Record<string, string>>): unknown => {
  const settings = readSettings(argv, new Map(Object.entries(environment)))
  return 'error' in settings ? settings.error : settings.entryPoints.map(({ name, port }) => `${name}:${port}`)
}
const WEB = '--entryPoints.web.address=:80/tcp'

// pkg/cli loaders: file, flags, environment; the first one that says anything is the only one.
test.each([
  { name: 'flags', argv: [WEB], environment: {}, says: ['web:80'] },
  {
    name: 'flags beside variables',
    argv: [WEB],
    environment: { TRAEFIK_ENTRYPOINTS_OTHER_ADDRESS: ':81' },
    says: ['web:80'],
  },
  { name: 'variables alone', argv: [], environment: { TRAEFIK_ENTRYPOINTS_OTHER_ADDRESS: ':81' }, says: ['other:81'] },
  {
    name: 'variables of a Service called traefik-ingress-service',
    argv: [],
    environment: { TRAEFIK_INGRESS_SERVICE_PORT: 'tcp://10.96.0.9:80', TRAEFIK_ENTRYPOINTS_OTHER_ADDRESS: ':81' },
    says: ['other:81'],
  },
  {
    name: 'a flag that is none',
    argv: ['--ingress=1'],
    environment: {},
    says: 'command traefik error: failed to decode configuration from flags: field not found, node: ingress',
  },
])('traefik is configured by $name', ({ argv, environment, says }) => {
  expect(ports(argv, environment)).toEqual(says)
})
