// What the server says of the pairs in TLS Secrets. Facts: Go crypto/tls, answers of a real API server (1.36.2).

import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { createServerCertificates } from '../../certificates/index.ts'
import { create, testContext } from '../strategy-run.suite.ts'
import { keyPairProblem } from './key-pair.ts'
import { secret } from './secret.ts'

const { certificate, key } = await createServerCertificates({ nowMs: 0, randomBytes })
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'sec1', format: 'pem' })
const ed25519 = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })
const parameters = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n'
const blocks = 'after skipping PEM blocks of the following types:'

test.each<[string, string, string, string | undefined]>([
  ['a pair', certificate, key, undefined],
  ['a pair behind other blocks', parameters + certificate, parameters + key, undefined],
  ['nothing', '', '', 'tls: failed to find any PEM data in certificate input'],
  ['no key', certificate, 'x', 'tls: failed to find any PEM data in key input'],
  [
    'the two exchanged',
    key,
    certificate,
    'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched',
  ],
  [
    'a certificate for a key',
    certificate,
    certificate,
    'tls: found a certificate rather than a key in the PEM for the private key',
  ],
  [
    'something else',
    parameters,
    key,
    `tls: failed to find "CERTIFICATE" PEM block in certificate input ${blocks} [EC PARAMETERS]`,
  ],
  [
    'something else for a key',
    certificate,
    parameters,
    `tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input ${blocks} [EC PARAMETERS]`,
  ],
  ['no certificate inside', parameters.replaceAll('EC PARAMETERS', 'CERTIFICATE'), key, 'x509: malformed certificate'],
  [
    'no key inside',
    certificate,
    parameters.replaceAll('EC PARAMETERS', 'PRIVATE KEY'),
    'tls: failed to parse private key',
  ],
  ['the key of another', certificate, other.toString(), 'tls: private key does not match public key'],
  ['a key of another kind', certificate, ed25519.toString(), 'tls: private key type does not match public key type'],
])('%s', (_, shown, hidden, expected) => {
  expect(keyPairProblem(shown, hidden)).toBe(expected)
})

test('a Secret whose pair is none is stored with a warning', () => {
  const context = testContext()
  create(secret, { type: 'kubernetes.io/tls', data: { 'tls.crt': '', 'tls.key': '' } }, context)
  expect(context.warnings).toEqual(['tls: failed to find any PEM data in certificate input'])
})
