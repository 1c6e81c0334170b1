// What the calls of `cluster.client` take. What is wrong in an object itself the API server says, as a real one does.

import type {
  ClientDeleteOptions as DeleteOptions,
  ListOptions,
  ObjectRef,
  WatchOptions,
  WriteOptions,
} from '@podwire/apiserver'
import { options } from './options.ts'
import { aFunction, anything, flag, having, isPlain, name, oneOf, text, value, wholeNumber } from './shape.ts'
import { needs, takes, type Signature } from './signature.ts'

const TYPE = needs('type', having("a resource type, such as pods of '@podwire/apiserver'", 'kind', 'resource'))
// An object's own metadata will do.
const REF = needs('ref', value('{ namespace, name }', isRef))
const OBJECT = needs('object', having('an object with metadata', 'metadata'))

const LIST: Readonly<Record<keyof ListOptions, typeof text>> = {
  namespace: text,
  labelSelector: text,
  fieldSelector: text,
}
const DELETE = {
  gracePeriodSeconds: wholeNumber(0),
  propagationPolicy: oneOf('Background', 'Foreground', 'Orphan'),
  preconditions: options<NonNullable<DeleteOptions['preconditions']>>({ uid: text, resourceVersion: text }),
}
const WRITE = takes(options<WriteOptions>({ subresource: name, dryRun: flag, fieldManager: text }))

function isRef(given: unknown): boolean {
  if (!isPlain(given)) return false
  const { namespace, name: itsName } = given as Partial<Record<keyof ObjectRef, unknown>>
  return name.fits(itsName) && (namespace === undefined || text.fits(namespace))
}

export const CLIENT_CALLS: Readonly<Record<string, Signature>> = {
  get: [TYPE, REF],
  find: [TYPE, REF],
  list: [TYPE, takes(options<ListOptions>(LIST))],
  create: [TYPE, OBJECT, WRITE],
  update: [TYPE, OBJECT, WRITE],
  modify: [TYPE, REF, needs('change', aFunction), WRITE],
  patch: [TYPE, REF, needs('patchType', oneOf('json', 'merge', 'strategic')), needs('patch', anything), WRITE],
  delete: [TYPE, REF, takes(options<DeleteOptions>(DELETE))],
  deleteCollection: [TYPE, takes(options<ListOptions & DeleteOptions>({ ...LIST, ...DELETE }))],
  watch: [TYPE, needs('', options<WatchOptions>({ ...LIST, resourceVersion: text })), needs('onEvent', aFunction)],
}
