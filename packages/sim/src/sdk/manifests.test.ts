import { describe, expect, test } from 'vitest'
import { PodwireError } from '@podwire/engine'
import { readManifests } from './manifests.ts'

// Callers in JavaScript give anything.
const wrong = (value: unknown): never => value as never

const endless: Record<string, unknown> = { kind: 'A' }
endless['self'] = endless

describe('manifests', () => {
  test.each([
    { name: 'one document', source: 'kind: A\nmetadata: {name: x}', kinds: ['A'] },
    { name: 'several documents, empty ones left out', source: 'kind: A\n---\n---\nkind: B\n', kinds: ['A', 'B'] },
    { name: 'JSON text', source: '{"kind":"A"}', kinds: ['A'] },
    { name: 'YAML that begins as JSON does', source: '{ kind: A, x: 0x10 }', kinds: ['A'] },
    { name: 'a List', source: 'kind: List\nitems:\n- kind: A\n- kind: B', kinds: ['A', 'B'] },
    { name: 'an object', source: { kind: 'A' }, kinds: ['A'] },
    { name: 'texts and objects', source: ['kind: A\n', { kind: 'B' }], kinds: ['A', 'B'] },
  ])('reads $name', ({ source, kinds }) => {
    expect(readManifests(source).map((manifest) => manifest['kind'])).toEqual(kinds)
  })

  test.each([
    {
      name: 'a path that does not exist',
      source: 'no/such/file.yaml',
      message: 'there is no file or folder no/such/file.yaml',
    },
    { name: 'text that is no YAML', source: 'a: [1\nb: }', message: 'document 1 is no valid YAML' },
    { name: 'a scalar', source: 'just: text\n---\n42\n', message: 'document 2 is no object' },
    { name: 'a duplicate key', source: 'a: 1\na: 2\n', message: 'Map keys must be unique' },
    {
      name: 'an alias of nothing',
      source: 'a: *b\n',
      message: "document 1 is no valid YAML: yaml: unknown anchor 'b'",
    },
    { name: 'an alias in itself', source: 'a: &b { c: *b }\n', message: "anchor 'b' value contains itself" },
    {
      name: 'aliases that multiply',
      source: `a: &a [x]\nb: &b [${'*a,'.repeat(99)}]\nc: [${'*b,'.repeat(120)}]\n`,
      message: 'excessive aliasing',
    },
    { name: 'an object in itself', source: endless, message: 'read manifests: self contains itself. Give' },
    { name: 'a function', source: wrong({ spec: [() => 1] }), message: 'spec[0] is a function. Give a text' },
    { name: 'a big integer', source: wrong({ port: 1n }), message: 'port is 1n. Give' },
    { name: 'a Map', source: wrong([{ data: new Map() }]), message: '[0].data is a Map. Give a plain object' },
    { name: 'no number', source: { port: NaN }, message: 'port is NaN. Give' },
    { name: 'an address', source: 'https://x/a.yaml', message: 'podwire fetches nothing: https://x/a.yaml. Save it' },
    {
      name: 'a duplicate key in JSON',
      source: '{"a":{"b":1,"b":2}}',
      message: 'the manifest text has the field a.b twice',
    },
  ])('refuses $name', ({ source, message }) => {
    expect(() => readManifests(source)).toThrow(PodwireError)
    expect(() => readManifests(source)).toThrow(message)
  })
})
