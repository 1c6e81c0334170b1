import { describe, expect, it, test } from 'vitest'
import { StatusError } from '../status/status-error.ts'
import { errorFormat, negotiate, type NegotiationOptions, type Offer } from './negotiation.ts'

const TABLE_V1 = 'application/json;as=Table;v=v1;g=meta.k8s.io'
const TABLE_V1BETA1 = 'application/json;as=Table;v=v1beta1;g=meta.k8s.io'
const DISCOVERY_V2 = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
const DISCOVERY_V2BETA1 = 'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList'
const PROTOBUF = 'application/vnd.kubernetes.protobuf'

function summary(accept: string | undefined, offer: Offer, options: NegotiationOptions = {}): string {
  try {
    const { format, transform, version } = negotiate(accept, offer, options)
    return `${format} ${transform} ${version}`.trim()
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    return `${error.status.code} ${error.message.split('\n')[0]}`
  }
}

const KNOWN = '406 only the following media types are accepted: application/json, application/yaml'

describe('negotiate', () => {
  it.each<[string, string | undefined, Offer, string]>([
    ['no header', undefined, 'objects', 'json none'],
    ['anything', '*/*', 'objects', 'json none'],
    ['yaml', 'application/yaml', 'objects', 'yaml none'],
    ['a browser', 'text/html, application/json;q=0.9', 'objects', 'json none'],
    ['quality decides', 'application/json;q=0.1, application/yaml;q=0.5', 'objects', 'yaml none'],
    ['kubectl get', `${TABLE_V1},${TABLE_V1BETA1},application/json`, 'objects', 'json Table v1'],
    ['an old kubectl get', `${TABLE_V1BETA1},application/json`, 'objects', 'json Table v1beta1'],
    [
      'an unknown table version',
      'application/json;as=Table;v=v9;g=meta.k8s.io,application/json',
      'objects',
      'json none',
    ],
    [
      'metadata of a list',
      'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
      'objects',
      'json PartialObjectMetadataList v1',
    ],
    ['a typed client of 1.33', `${PROTOBUF},application/json`, 'objects', 'json none'],
    ['protobuf alone', PROTOBUF, 'objects', 'protobuf none'],
    ['protobuf watch', `${PROTOBUF};stream=watch`, 'watch', 'protobuf none'],
    [
      'metadata in protobuf, objects in JSON: the transform counts',
      `${PROTOBUF};as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json`,
      'objects',
      'protobuf PartialObjectMetadata v1',
    ],
    [
      'metadata in both',
      `${PROTOBUF};as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io`,
      'objects',
      'json PartialObjectMetadata v1',
    ],
    ['a table is no protobuf', `${PROTOBUF};as=Table;v=v1;g=meta.k8s.io`, 'objects', `${KNOWN}, ${PROTOBUF}`],
    [
      'a table is no protobuf, but something else is asked for',
      `${PROTOBUF};as=Table;v=v1;g=meta.k8s.io,${PROTOBUF}`,
      'objects',
      'protobuf none',
    ],
    ['nothing known', 'text/csv', 'objects', '406 406: Not Acceptable'],
    [
      'kubectl 1.30 discovery',
      `${DISCOVERY_V2},${DISCOVERY_V2BETA1},application/json`,
      'discovery',
      'json APIGroupDiscoveryList v2',
    ],
    [
      'kubectl 1.27 discovery',
      `${DISCOVERY_V2BETA1},application/json`,
      'discovery of both versions',
      'json APIGroupDiscoveryList v2beta1',
    ],
    [
      'one document though others are preferred',
      `${DISCOVERY_V2};q=0.1,application/json`,
      'discovery',
      'json APIGroupDiscoveryList v2',
    ],
    ['kubectl 1.27 discovery since 1.33', `${DISCOVERY_V2BETA1},application/json`, 'discovery', 'json none'],
    [
      'a future discovery',
      'application/json;g=apidiscovery.k8s.io;v=v9;as=APIGroupDiscoveryList,application/json',
      'discovery',
      'json none',
    ],
    ['discovery where there is none', DISCOVERY_V2, 'plain', `${KNOWN}, ${PROTOBUF}`],
    ['discovery is never a table', `${TABLE_V1},application/json`, 'discovery', 'json none'],
    ['the more special of two, whatever comes first', '*/*, application/yaml', 'objects', 'yaml none'],
    ['a quality that is no number is none', 'application/yaml;q=x, application/json;q=0.1', 'objects', 'json none'],
    ['any application type is no route', 'application/*', 'objects', '406 406: Not Acceptable'],
    ['a list that is no stream', 'application/json;stream=other', 'list', `${KNOWN}, ${PROTOBUF}`],
    ['a watch in YAML', 'application/yaml', 'watch', 'yaml none'],
    ['no table of a resize', `${TABLE_V1},application/json`, 'objects without table', 'json none'],
    ['a table watch', `${TABLE_V1},application/json`, 'watch', 'json Table v1'],
  ])('%s', (_name, accept, offer, expected) => {
    expect(summary(accept, offer)).toBe(expected)
  })
})

test.each([
  ['any application type', 'application/*', 'json none'],
  ['nothing known', 'text/csv', `${KNOWN}, ${PROTOBUF}`],
])('a custom kind has no route: %s', (_name, accept, expected) => {
  expect(summary(accept, 'objects', { hasRoute: false })).toBe(expected)
})

test.each([
  ['the object', PROTOBUF, `${KNOWN}, ${PROTOBUF}`],
  ['the object, or JSON', `${PROTOBUF},application/json`, 'json none'],
  ['its metadata', `${PROTOBUF};as=PartialObjectMetadata;v=v1;g=meta.k8s.io`, 'protobuf PartialObjectMetadata v1'],
])('a kind without a message has in protobuf: %s', (_name, accept, expected) => {
  expect(summary(accept, 'objects', { hasMessage: false })).toBe(expected)
})

test.each<[string, string | undefined, string | undefined]>([
  ['nothing', undefined, 'json'],
  ['protobuf alone', PROTOBUF, 'protobuf'],
  ['protobuf of a transform alone', `${PROTOBUF};as=PartialObjectMetadata;v=v1;g=meta.k8s.io`, undefined],
  ['nothing the API speaks', 'text/html', undefined],
  ['protobuf or JSON', `${PROTOBUF},application/json`, 'json'],
  ['YAML', 'application/yaml', 'yaml'],
])('errors are written as asked: %s', (_name, accept, expected) => {
  expect(errorFormat(accept)).toBe(expected)
})
