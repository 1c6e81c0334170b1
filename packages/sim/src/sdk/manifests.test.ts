import { describe, expect, test } from 'vitest'
import { PodwireError } from '@podwire/engine'
import { readManifests } from './manifests.ts'

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
      name: 'a duplicate key in JSON',
      source: '{"a":{"b":1,"b":2}}',
      message: 'the manifest text has the field a.b twice',
    },
  ])('refuses $name', ({ source, message }) => {
    expect(() => readManifests(source)).toThrow(PodwireError)
    expect(() => readManifests(source)).toThrow(message)
  })
})
