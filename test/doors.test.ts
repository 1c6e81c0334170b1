// Ways in from the host: a port that somebody else holds is a warning and an Event; a node port that goes away closes.

import { createServer, type Server } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from './referees.ts'
import { UpProcess } from './up.ts'

const nodePortService = (name: string, nodePort: number): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { type: 'NodePort', selector: { app: 'kubia' }, ports: [{ port: 80, targetPort: 8080, nodePort }] },
  })

describeWith(['kubectl', 'curl'], 'doors', () => {
  let up: UpProcess
  let squatter: Server
  let host = ''

  beforeAll(async () => {
    up = new UpProcess(['--demo', '--dns-port', '0', '--no-ingress', '--speed', '10', '--load-balancer', 'cloud'])
    await up.ready()
    host = up.kubectl('get node node-1 -o jsonpath={.metadata.annotations.podwire\\.dev/host-address}').stdout
    squatter = createServer()
    await new Promise<void>((resolve) => squatter.listen({ host, port: 31_999 }, resolve))
  }, 60_000)

  afterAll(async () => {
    squatter.close()
    await up.stop()
  })

  test('a port that is taken is a warning and an Event; the other nodes serve', async () => {
    expect(up.kubectl('apply -f -', nodePortService('taken', 31_999)).status).toBe(0)
    await up.until(() => up.errors.includes(`cannot listen on ${host}:31999/TCP`))
    expect(up.errors).toContain('choose another nodePort')
    await up.until(() =>
      up.kubectl('get events --field-selector reason=HostPortUnavailable').stdout.includes('service/taken'),
    )
    const other = up.kubectl('get node node-2 -o jsonpath={.metadata.annotations.podwire\\.dev/host-address}').stdout
    await up.until(() =>
      up.run('curl', ['-s', '-m', '5', `http://${other}:31999/`]).stdout.startsWith("You've hit kubia-"),
    )
  })

  test('exposed Services say where they are reached; a deleted one closes its ports', async () => {
    const annotation = up.kubectl(
      'get svc kubia-nodeport -o jsonpath={.metadata.annotations.podwire\\.dev/host-address}',
    ).stdout
    expect(annotation.split(',')).toHaveLength(3)
    expect(annotation.startsWith(`${host}:30123,`)).toBe(true)
    up.kubectl('delete svc kubia-nodeport')
    await up.until(() => up.run('curl', ['-s', '-m', '5', `http://${host}:30123/`]).status === 7)
  })

  test('a load balancer has an address of its own, with the ports of its Service', async () => {
    const spec = { type: 'LoadBalancer', selector: { app: 'kubia' }, ports: [{ port: 8088, targetPort: 8080 }] }
    const body = JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'balanced' }, spec })
    expect(up.kubectl('apply -f -', body).status).toBe(0)
    const told = (): string => up.kubectl('get events --field-selector reason=HostAddress').stdout
    await up.until(() => told().includes('service/balanced'))
    const balancer = /on (127\.\d+\.100\.1:8088) of this machine/.exec(told())?.[1] ?? ''
    await up.until(() =>
      up.run('curl', ['-s', '-m', '5', `http://${balancer}/`]).stdout.startsWith("You've hit kubia-"),
    )
  })

  test('a connection to a Service without endpoints is closed, not left hanging', async () => {
    const body = nodePortService('nobody', 31_777).replace('kubia', 'nobody')
    expect(up.kubectl('apply -f -', body).status).toBe(0)
    const answer = (): number => up.run('curl', ['-s', '-m', '5', `http://${host}:31777/`]).status
    // 56: reset by the peer, 52: empty reply.
    await up.until(() => [52, 56].includes(answer()))
  })

  test('two clusters on one machine do not meet', async () => {
    const second = new UpProcess(['--demo', '--dns-port', '0', '--no-ingress'])
    try {
      await second.ready()
      const theirs = second.kubectl(
        'get node node-1 -o jsonpath={.metadata.annotations.podwire\\.dev/host-address}',
      ).stdout
      expect(theirs).not.toBe(host)
      expect(second.run('curl', ['-s', '-m', '5', `http://${theirs}:30123/`]).stdout).toMatch(/^You've hit kubia-/)
      expect(second.errors).toBe('')
    } finally {
      expect(await second.stop('SIGTERM')).toBe(0)
    }
  }, 60_000)
})
