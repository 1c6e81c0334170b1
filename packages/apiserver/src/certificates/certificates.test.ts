import { X509Certificate, randomBytes, createPrivateKey } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DEFAULT_EPOCH_MS } from '@podwire/engine'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { SERVER_NAMES } from './authority.ts'
import { createServerCertificates, createToken, kubeconfigText, writeKubeconfig } from './index.ts'

test('the server certificate is signed by the authority and names every address', async () => {
  const pem = await createServerCertificates({ nowMs: DEFAULT_EPOCH_MS, randomBytes, names: ['10.1.2.3'] })
  const authority = new X509Certificate(pem.authority)
  const server = new X509Certificate(pem.certificate)
  expect([authority.ca, server.ca]).toEqual([true, false])
  expect(server.verify(authority.publicKey)).toBe(true)
  expect(server.checkPrivateKey(createPrivateKey(pem.key))).toBe(true)
  for (const name of [...SERVER_NAMES, '10.1.2.3']) {
    expect([name, server.checkHost(name) ?? server.checkIP(name)]).toEqual([name, name])
  }
  expect([server.validFrom, server.validTo]).toEqual(['Dec 31 00:00:00 2025 GMT', 'Jan  1 00:00:00 2027 GMT'])
})

test('tokens are long and differ', () => {
  expect(createToken(randomBytes)).toHaveLength(43)
  expect(createToken(randomBytes)).not.toBe(createToken(randomBytes))
})

test('a kubeconfig names server, authority and token', () => {
  const config: unknown = parse(
    kubeconfigText({ server: 'https://127.0.0.1:6443', authority: 'PEM', token: 't', namespace: 'lab' }),
  )
  expect(config).toMatchObject({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'podwire',
    clusters: [{ cluster: { server: 'https://127.0.0.1:6443', 'certificate-authority-data': 'UEVN' } }],
    users: [{ user: { token: 't' } }],
    contexts: [{ context: { namespace: 'lab' } }],
  })
  expect(kubeconfigText({ server: 'http://127.0.0.1:1', token: 't' })).toContain('insecure-skip-tls-verify: true')
})

test('the file is for its owner only, replaces what was there, and leaves nothing beside it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'podwire-kubeconfig-'))
  const path = join(folder, 'config')
  await writeFile(path, 'old', { mode: 0o644 })
  await writeKubeconfig(path, { server: 'https://127.0.0.1:6443', authority: 'PEM', token: 't' })
  expect(await readFile(path, 'utf8')).toContain('token: t')
  expect(((await stat(path)).mode & 0o777).toString(8)).toBe('600')
  expect(await readdir(folder)).toEqual(['config'])
  await rm(folder, { recursive: true })
})

test('a path that cannot be written is the caller’s mistake', async () => {
  await expect(writeKubeconfig('/nowhere/at/all', { server: 'https://x', token: 't' })).rejects.toThrow(
    'Failed to write the kubeconfig /nowhere/at/all',
  )
})

test('a client certificate names user and groups, whatever characters they have', async () => {
  const pem = await createServerCertificates({ nowMs: DEFAULT_EPOCH_MS, randomBytes })
  const { certificate, key } = await pem.signClient({ user: 'a, CN=b', groups: ['g+h', 'i'], nowMs: DEFAULT_EPOCH_MS })
  const client = new X509Certificate(certificate)
  expect(client.verify(new X509Certificate(pem.authority).publicKey)).toBe(true)
  expect(client.checkPrivateKey(createPrivateKey(key))).toBe(true)
  expect(client.toLegacyObject().subject).toEqual({ CN: 'a, CN=b', O: ['g+h', 'i'] })
  expect(client.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2'])
  const config: unknown = parse(kubeconfigText({ server: 'https://x', client: { certificate: 'C', key: 'K' } }))
  expect(config).toMatchObject({ users: [{ user: { 'client-certificate-data': 'Qw==', 'client-key-data': 'Sw==' } }] })
})
