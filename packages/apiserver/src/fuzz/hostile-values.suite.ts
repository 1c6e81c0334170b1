// Values no client in its right mind sends: objects of the right shape with wrong insides, wrong shapes, prototypes' names,
// numbers at the edges, long and broken texts. Everything follows from the stream it is given.

import type { Random } from '@podwire/engine'
import { findSchema, type FieldSchema } from '../schema/index.ts'

const TEXTS: readonly string[] = [
  '',
  'a',
  'web',
  'A_',
  'None',
  'default',
  '10.96.0.9',
  '::1',
  '10.0.0.0/8',
  'TCP',
  'Always',
  'x/y',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'toString',
  '-',
  '/',
  '..',
  '%2e%2e',
  '\u0000',
  '\uD800',
  'é'.repeat(40),
  'a'.repeat(64),
  'a'.repeat(300),
  '$(A)$(B)$$',
  '{{.x}}',
  '2026-01-01T00:00:00Z',
  '2026-99-99T99:99:99Z',
  '1e99999',
  '-1',
  '0x10',
  '1Gi',
  '999999999999999999999Ei',
  'kubernetes.io/x',
  '*.example.com',
  'True',
  '[]',
  '"',
  '\\',
  '\n',
]

const NUMBERS: readonly number[] = [
  0,
  -0,
  1,
  -1,
  80,
  30_000,
  65_536,
  70_000,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31) - 1,
  2 ** 53,
  1e21,
  1.5,
  -0.1,
  1e308,
]

const KEYS: readonly string[] = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  '',
  'a/b',
  '$patch',
  '$retainKeys',
  '~0~1',
]

export function hostileText(random: Random): string {
  return random.pick(TEXTS)
}

/** Any JSON. */
export function hostileJson(random: Random, depth = 3): unknown {
  switch (random.integer(0, depth > 0 ? 7 : 4)) {
    case 0:
      return null
    case 1:
      return random.chance(0.5)
    case 2:
    case 3:
      return hostileText(random)
    case 4:
      return random.pick(NUMBERS)
    case 5:
      return Array.from({ length: random.integer(0, 3) }, () => hostileJson(random, depth - 1))
    default:
      return hostileMap(random, () => hostileJson(random, depth - 1))
  }
}

function hostileMap(random: Random, value: () => unknown): Record<string, unknown> {
  const pairs = Array.from({ length: random.integer(0, 3) }, (): [string, unknown] => [
    random.chance(0.3) ? random.pick(KEYS) : hostileText(random),
    value(),
  ])
  // fromEntries makes an own property even of `__proto__`.
  return Object.fromEntries(pairs)
}

function scalar(field: FieldSchema, random: Random, depth: number): unknown {
  if (random.chance(0.04)) return hostileJson(random)
  switch (field.type) {
    case 'object':
      return objectOf(field.ref ?? '', random, depth - 1)
    case 'bool':
      return random.chance(0.5)
    case 'int32':
    case 'int64':
    case 'double':
      return random.pick(NUMBERS)
    case 'int-or-string':
      return random.chance(0.5) ? random.pick(NUMBERS) : hostileText(random)
    case 'raw':
      return hostileJson(random)
    default:
      return hostileText(random)
  }
}

function valueOf(field: FieldSchema, random: Random, depth: number): unknown {
  const one = (): unknown => scalar(field, random, depth)
  if (field.list === true) return Array.from({ length: random.integer(0, 2) }, one)
  return field.map === true ? hostileMap(random, one) : one()
}

/** An object its schema nearly allows. */
export function objectOf(schemaName: string, random: Random, depth: number): unknown {
  const schema = findSchema(schemaName)
  if (schema === undefined || depth <= 0) return {}
  const found: Record<string, unknown> = {}
  for (const [name, field] of schema.fields) {
    const wanted = field.required === true || name === 'metadata' || name === 'spec' ? 0.9 : 0.25
    if (random.chance(wanted)) found[name] = valueOf(field, random, depth)
  }
  if (random.chance(0.05)) Object.assign(found, { [random.pick(KEYS)]: hostileJson(random) })
  return found
}

/** The bytes with something done to them: cut off, a byte changed, some repeated, or left alone. */
export function damaged(bytes: Buffer, random: Random): Buffer {
  switch (random.integer(0, 5)) {
    case 0:
      return bytes.subarray(0, random.integer(0, bytes.length))
    case 1: {
      const copy = Buffer.from(bytes)
      for (let i = 0; i < 3 && copy.length > 0; i++) copy[random.integer(0, copy.length - 1)] = random.integer(0, 255)
      return copy
    }
    case 2:
      return Buffer.concat([bytes, bytes.subarray(0, random.integer(0, bytes.length))])
    default:
      return bytes
  }
}
