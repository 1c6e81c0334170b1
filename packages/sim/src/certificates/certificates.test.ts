// Certificates as others read them: Node's parser here, and openssl itself where it is installed.

import { X509Certificate, createPrivateKey, verify } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DEFAULT_EPOCH_MS } from '@podwire/engine'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { integer, objectIdentifier, time } from './der.ts'
import { createCertificateAuthority, createSelfSignedCertificate } from './index.ts'
import { seededKey } from './seeded-key.ts'

test.each([
  ['integer 0', integer(0n), '020100'],
  ['integer 128', integer(128n), '02020080'],
  ['a long object identifier', objectIdentifier('1.2.840.10045.4.3.2'), '06082a8648ce3d040302'],
  ['a year before 2050', time(new Date('2049-12-31T23:59:59Z')), `170d${Buffer.from('491231235959Z').toString('hex')}`],
  [
    'a year from 2050 on',
    time(new Date('2050-01-01T00:00:00Z')),
    `180f${Buffer.from('20500101000000Z').toString('hex')}`,
  ],
])('DER: %s', (_what, bytes, expected) => {
  expect(bytes.toString('hex')).toBe(expected)
})

test('a key and a message have one signature, and it is valid', () => {
  const key = seededKey('a')
  const message = Buffer.from('sample')
  expect(key.sign(message)).toEqual(seededKey('a').sign(message))
  expect(verify('sha256', message, createPrivateKey(key.pem), key.sign(message))).toBe(true)
})

test('property: signatures are valid, and of another message or key they are not', () => {
  fc.assert(
    fc.property(fc.string(), fc.uint8Array(), fc.uint8Array(), (seed, message, other) => {
      const key = seededKey(seed)
      const signature = key.sign(message)
      expect(verify('sha256', message, createPrivateKey(key.pem), signature)).toBe(true)
      expect(verify('sha256', other, createPrivateKey(key.pem), signature)).toBe(Buffer.compare(message, other) === 0)
    }),
    { numRuns: 20 },
  )
})

test('a leaf: names, validity, key, and who signed it', () => {
  const authority = createCertificateAuthority({ name: 'class CA' })
  const hosts = ['foo.bar.com', '*.foo.com', '10.0.0.1', '2001:db8::1']
  const { certificate, key } = authority.issue({ hosts, notAfter: new Date('2026-03-01T12:00:00Z') })
  const leaf = new X509Certificate(certificate)
  const root = new X509Certificate(authority.certificate)
  expect([root.ca, leaf.ca]).toEqual([true, false])
  expect([root.checkIssued(root), leaf.checkIssued(root), leaf.verify(root.publicKey)]).toEqual([true, true, true])
  expect(leaf.checkPrivateKey(createPrivateKey(key))).toBe(true)
  expect([leaf.subject, leaf.issuer]).toEqual(['CN=foo.bar.com', 'CN=class CA'])
  expect(leaf.subjectAltName).toBe(
    'DNS:foo.bar.com, DNS:*.foo.com, IP Address:10.0.0.1, IP Address:2001:DB8:0:0:0:0:0:1',
  )
  expect([leaf.validFrom, leaf.validTo]).toEqual(['Dec 31 00:00:00 2025 GMT', 'Mar  1 12:00:00 2026 GMT'])
})

test('equal options give equal certificates; another seed, name or turn gives others', () => {
  const issue = (options = {}): string => createCertificateAuthority(options).issue({ hosts: ['a.b'] }).certificate
  expect(issue()).toBe(issue())
  expect(
    new Set([issue(), issue({ seed: 2 }), issue({ name: 'other' }), issue({ nowMs: DEFAULT_EPOCH_MS + 1e6 })]).size,
  ).toBe(4)
  const authority = createCertificateAuthority()
  expect(authority.issue({ hosts: ['a.b'] }).key).not.toBe(authority.issue({ hosts: ['a.b'] }).key)
})

test('a Secret of type kubernetes.io/tls has both halves', () => {
  const { certificate, key, secret } = createSelfSignedCertificate({ hosts: ['a.b'], organization: 'Acme' })
  const decoded = (text = ''): string => Buffer.from(text, 'base64').toString()
  const made = secret('web-tls', 'shop') as { type: string; metadata: object; data: Record<string, string> }
  expect([made.type, made.metadata]).toEqual(['kubernetes.io/tls', { name: 'web-tls', namespace: 'shop' }])
  expect([decoded(made.data['tls.crt']), decoded(made.data['tls.key'])]).toEqual([certificate, key])
})

test.each([
  ['a URL', { hosts: ['https://a.b'] }, '"https://a.b" is neither a name nor an address'],
  ['a port', { hosts: ['a.b:443'] }, '"a.b:443" is neither a name nor an address'],
  ['a star inside', { hosts: ['a.*.b'] }, '"a.*.b" is neither a name nor an address'],
  [
    'a lifetime backwards',
    { hosts: ['a'], notBefore: new Date(9e12), notAfter: new Date(8e12) },
    'end before it begins',
  ],
  ['a moment that is none', { hosts: ['a'], notAfter: new Date(Number.NaN) }, 'end before it begins'],
])('refused: %s', (_what, request, message) => {
  expect(() => createCertificateAuthority().issue(request)).toThrow(message)
})

describe.skipIf(spawnSync('openssl', ['version']).status !== 0)('openssl', () => {
  test('verifies a leaf through an intermediate authority, strictly, and not without it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'podwire-certificates-'))
    const root = createCertificateAuthority()
    const { certificate } = root.intermediate('class 3b').issue({ hosts: ['foo.bar.com'] })
    const [leaf = '', ...chain] = certificate.split(/(?<=-----END CERTIFICATE-----\n)/)
    const write = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text)
      return join(folder, name)
    }
    const files = ['-CAfile', write('ca.pem', root.certificate), '-no-CApath']
    const moment = ['-attime', String(DEFAULT_EPOCH_MS / 1000)]
    const check = (...more: readonly string[]): string => {
      const { stdout, stderr } = spawnSync('openssl', ['verify', '-x509_strict', ...files, ...moment, ...more])
      return `${stdout.toString()}${stderr.toString()}`
    }
    const path = write('leaf.pem', leaf)
    const untrusted = ['-untrusted', write('chain.pem', chain.join(''))]
    expect(check(...untrusted, '-verify_hostname', 'foo.bar.com', path)).toBe(`${path}: OK\n`)
    expect(check(...untrusted, '-verify_hostname', 'bar.com', path)).toContain('hostname mismatch')
    expect(check(path)).toContain('unable to get local issuer certificate')
    rmSync(folder, { recursive: true })
  })
})
