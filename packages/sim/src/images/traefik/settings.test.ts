import { expect, test } from 'vitest'
import { readSettings, readSettingsV1 } from './settings.ts'

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

const HTTPS = { scheme: 'https', permanent: true }
const SECURE = ['--entryPoints.websecure.address=:8443', '--entryPoints.websecure.http.tls=true']

// docs reference/install-configuration/entrypoints.md; v1.7 docs/configuration/entrypoints.md
test.each([
  { name: 'TLS for all routers', argv: [WEB, ...SECURE], redirect: undefined, tls: ['websecure'] },
  {
    name: 'a redirect to an entry point: its own port, whatever it is called outside',
    argv: [WEB, ...SECURE, '--entryPoints.web.http.redirections.entryPoint.to=websecure'],
    redirect: { ...HTTPS, port: '8443' },
    tls: ['websecure'],
  },
  {
    name: 'a redirect to a port, for a while',
    argv: [
      WEB,
      '--entryPoints.web.http.redirections.entryPoint.to=:443',
      '--entryPoints.web.http.redirections.entryPoint.permanent=false',
    ],
    redirect: { ...HTTPS, port: '', permanent: false },
    tls: [],
  },
  {
    name: 'v1.7',
    argv: [
      '--entrypoints=Name:http Address::80 Redirect.EntryPoint:https',
      '--entrypoints=Name:https Address::443 TLS',
    ],
    redirect: { ...HTTPS, port: '', permanent: false },
    tls: ['https'],
  },
])('entry points: $name', ({ name, argv, redirect, tls }) => {
  const settings = name === 'v1.7' ? readSettingsV1(argv) : readSettings(argv, new Map())
  if ('error' in settings) throw new TypeError(settings.error)
  expect(settings.notes).toEqual([])
  expect(settings.entryPoints[0]?.redirect).toEqual(redirect)
  expect(settings.entryPoints.filter((point) => point.tls).map((point) => point.name)).toEqual(tls)
})
