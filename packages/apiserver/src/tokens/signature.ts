// Signs tokens and knows its own signature again. Departure: an HMAC whose key comes from the cluster's seed, so that runs
// repeat; real servers sign with RSA and publish the public key. Ids of tokens are drawn from a stream of their own.

import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Random } from '@podwire/engine'
import type { ServerState } from '../pipeline/server-state.ts'
import type { Claims } from './claims.ts'

interface Signer {
  readonly key: string
  readonly ids: Random
}

const signers = new WeakMap<ServerState['store'], Signer>()

/** Made when the first token is issued or seen. */
function signerOf({ store, random }: ServerState): Signer {
  const known = signers.get(store)
  if (known !== undefined) return known
  const ids = random.fork('service-account-tokens')
  const made = { key: ids.uuid(), ids }
  signers.set(store, made)
  return made
}

export function nextTokenId(server: ServerState): string {
  return signerOf(server).ids.uuid()
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function signature(server: ServerState, text: string): Buffer {
  return createHmac('sha256', signerOf(server).key).update(text).digest()
}

export function signed(server: ServerState, claims: Claims): string {
  const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
  return `${text}.${signature(server, text).toString('base64url')}`
}

/** The claims of a token, `forged` when it only looks like one of this server's, undefined when it is something else. */
export function verified(server: ServerState, token: string, issuer: string): Claims | 'forged' | undefined {
  const [head = '', payload = '', tail = '', more] = token.split('.')
  if (more !== undefined || tail === '') return undefined
  const expected = signature(server, `${head}.${payload}`)
  const given = Buffer.from(tail, 'base64url')
  if (given.length === expected.length && timingSafeEqual(given, expected)) {
    // Signed by this server, so it has the shape it was given.
    return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Claims
  }
  return issuerOf(payload) === issuer ? 'forged' : undefined
}

function issuerOf(payload: string): unknown {
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
    return typeof claims === 'object' && claims !== null && 'iss' in claims ? claims.iss : undefined
  } catch {
    return undefined
  }
}
