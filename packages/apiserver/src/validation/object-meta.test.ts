import { describe, expect, it } from 'vitest'
import type { ObjectMeta } from '../objects/kube-object.ts'
import type { FieldError } from './field-error.ts'
import { validateObjectMeta, validateObjectMetaUpdate } from './object-meta.ts'

const base: ObjectMeta = {
  name: 'a',
  namespace: 'default',
  uid: 'u',
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
}
const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'c', uid: 'o' }
const texts = (errors: readonly FieldError[]): readonly string[] =>
  errors.map((error) => `${error.field}: ${error.body}`)

describe('metadata of a new object', () => {
  it.each<[string, Partial<ObjectMeta>, readonly string[]]>([
    ['fine', { labels: { 'example.com/a': 'b' }, finalizers: ['example.com/f', 'orphan'] }, []],
    ['no name', { name: '' }, ['metadata.name: Required value: name or generateName is required']],
    ['prefix may end with a hyphen', { generateName: 'web-' }, []],
    ['annotation keys with capitals', { annotations: { 'Example.com/Foo': 'x' } }, []],
    [
      'annotations too big',
      { annotations: { a: 'x'.repeat(262_144) } },
      ['metadata.annotations: Too long: may not be more than 262144 bytes'],
    ],
    [
      'finalizer unqualified',
      { finalizers: ['foo'] },
      [
        'metadata.finalizers[0]: Invalid value: "foo": name is neither a standard finalizer name nor is it fully qualified',
      ],
    ],
    [
      'owner without uid',
      { ownerReferences: [{ ...owner, uid: '' }] },
      ['metadata.ownerReferences.uid: Invalid value: "": must not be empty'],
    ],
    [
      'owner version',
      { ownerReferences: [{ ...owner, apiVersion: 'a/b/c' }] },
      ['metadata.ownerReferences.apiVersion: Invalid value: "a/b/c": version must not be empty'],
    ],
    [
      'event as owner, sent in another order',
      { ownerReferences: [{ uid: 'o', name: 'c', controller: true, kind: 'Event', apiVersion: 'v1' }] },
      [
        'metadata.ownerReferences: Invalid value: {"apiVersion":"v1","kind":"Event","name":"c","uid":"o","controller":true}: /v1, Kind=Event is disallowed from being an owner',
      ],
    ],
    [
      'event as owner',
      { ownerReferences: [{ ...owner, kind: 'Event' }] },
      [
        'metadata.ownerReferences: Invalid value: {"apiVersion":"v1","kind":"Event","name":"c","uid":"o"}: /v1, Kind=Event is disallowed from being an owner',
      ],
    ],
  ])('%s', (_, change, expected) => {
    expect(
      texts(validateObjectMeta({ ...base, ...change }, { namespaced: true, nameRule: 'dns-subdomain' }, 'metadata')),
    ).toEqual(expected)
  })

  it('allows one controller', () => {
    const two = [
      { ...owner, controller: true },
      { ...owner, name: 'd', uid: 'p', controller: true },
    ]
    const [error] = validateObjectMeta(
      { ...base, ownerReferences: two },
      { namespaced: true, nameRule: 'any' },
      'metadata',
    )
    expect(error?.body).toContain(
      'Only one reference can have Controller set to true. Found "true" in references for ConfigMap/c and ConfigMap/d',
    )
  })

  it('forbids a namespace on cluster-scoped kinds', () => {
    expect(texts(validateObjectMeta(base, { namespaced: false, nameRule: 'any' }, 'metadata'))).toEqual([
      'metadata.namespace: Forbidden: not allowed on this type',
    ])
  })
})

describe('metadata of a changed object', () => {
  it.each<[string, Partial<ObjectMeta>, Partial<ObjectMeta>, readonly string[]]>([
    ['nothing', {}, {}, []],
    ['uid', { uid: 'v' }, {}, ['metadata.uid: Invalid value: "v": field is immutable']],
    [
      'deletion',
      { deletionTimestamp: '2001-01-01T00:00:00Z' },
      {},
      ['metadata.deletionTimestamp: Invalid value: "2001-01-01T00:00:00Z": field is immutable'],
    ],
    [
      'a finalizer while deleting',
      { deletionTimestamp: 't', finalizers: ['example.com/f'] },
      { deletionTimestamp: 't' },
      [
        'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/f"}',
      ],
    ],
  ])('%s', (_, change, old, expected) => {
    expect(texts(validateObjectMetaUpdate({ ...base, ...change }, { ...base, ...old }, 'metadata'))).toEqual(expected)
  })
})
