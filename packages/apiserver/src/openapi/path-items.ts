// Operations printed as the path items of a document. Parameters that all operations of a path share stand at the path.
// Source: kube-openapi pkg/builder and pkg/builder3 (findCommonParameters, buildOperations), pkg/spec3 and pkg/validation/spec (the
// order of keys).

import { compareText } from '@podwire/engine'
import { refTo, type JsonSchema } from './json-schema.ts'
import type { Method, Operation, Parameter } from './operation.ts'

const METHODS: readonly Method[] = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch']
const CODES: Readonly<Record<number, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted' }
const UNAUTHORIZED: Readonly<Record<string, JsonSchema>> = { '401': { description: 'Unauthorized' } }

export type PathItem = Record<string, JsonSchema | readonly JsonSchema[]>

/** How a dialect writes what it is given. */
interface Printer {
  operation(operation: Operation, parameters: readonly Parameter[]): JsonSchema
  parameter(parameter: Parameter): JsonSchema
}

function byName(a: Parameter, b: Parameter): number {
  return compareText(a.name, b.name) || compareText(a.in ?? 'query', b.in ?? 'query')
}

function keyOf(parameter: Parameter): string {
  return `${parameter.in ?? 'query'} ${parameter.name}`
}

function itemOf(operations: readonly Operation[], printer: Printer): PathItem {
  const counts = new Map<string, number>()
  for (const key of operations.flatMap(({ parameters }) => parameters.map(keyOf)))
    counts.set(key, (counts.get(key) ?? 0) + 1)
  const isShared = (parameter: Parameter): boolean => counts.get(keyOf(parameter)) === operations.length
  const item: PathItem = {}
  for (const method of METHODS) {
    const operation = operations.find((candidate) => candidate.method === method)
    if (operation === undefined) continue
    const own = operation.parameters.filter((parameter) => !isShared(parameter)).sort(byName)
    item[method] = printer.operation(operation, own)
  }
  const shared = (operations[0]?.parameters ?? []).filter(isShared).sort(byName)
  if (shared.length > 0) item['parameters'] = shared.map(printer.parameter)
  return item
}

function paths(operations: readonly Operation[], printer: Printer): Record<string, PathItem> {
  const byPath = new Map<string, Operation[]>()
  for (const operation of operations) {
    const known = byPath.get(operation.path)
    if (known === undefined) byPath.set(operation.path, [operation])
    else known.push(operation)
  }
  const sorted = [...byPath].sort(([a], [b]) => compareText(a, b))
  return Object.fromEntries(sorted.map(([path, members]) => [path, itemOf(members, printer)]))
}

function unlessUndefined(name: string, value: unknown): JsonSchema {
  return value === undefined ? {} : { [name]: value }
}

function contentV3(types: readonly string[], schema: JsonSchema): JsonSchema {
  return Object.fromEntries([...types].sort(compareText).map((type) => [type, { schema }]))
}

function codesOf({ codes }: Operation, more: JsonSchema): Record<string, JsonSchema> {
  return Object.fromEntries(codes.map((code) => [String(code), { description: CODES[code], ...more }]))
}

const V3: Printer = {
  parameter: ({ name, in: location = 'query', description, type }) => ({
    name,
    in: location,
    description,
    ...(location === 'path' ? { required: true } : {}),
    schema: { type, uniqueItems: true },
  }),
  operation: (operation, parameters) => {
    const { tag, description, id, body, answer, action, kind } = operation
    const schema = answer === undefined ? { type: 'string' } : refTo(answer, 'v3')
    const content = { content: contentV3(operation.produces, schema) }
    return {
      tags: [tag],
      description,
      operationId: id,
      ...(parameters.length === 0 ? {} : { parameters: parameters.map(V3.parameter) }),
      ...(body === undefined
        ? {}
        : {
            requestBody: {
              content: contentV3(operation.consumes, refTo(body.schema, 'v3')),
              ...(body.optional === true ? {} : { required: true }),
            },
          }),
      responses: { ...codesOf(operation, content), ...UNAUTHORIZED },
      ...unlessUndefined('x-kubernetes-action', action),
      ...(kind === undefined
        ? {}
        : { 'x-kubernetes-group-version-kind': { group: kind.group, version: kind.version, kind: kind.kind } }),
    }
  },
}

const V2: Printer = {
  parameter: ({ name, in: location = 'query', description, type }) => ({
    uniqueItems: true,
    type,
    description,
    name,
    in: location,
    ...(location === 'path' ? { required: true } : {}),
  }),
  operation: (operation, parameters) => {
    const { tag, description, id, body, answer, action, kind } = operation
    const schema = answer === undefined ? { type: 'string' } : refTo(answer, 'v2')
    const printed = parameters.map((parameter) => [parameter.name, V2.parameter(parameter)] as const)
    if (body !== undefined) {
      const required = body.optional === true ? {} : { required: true }
      printed.push(['body', { name: 'body', in: 'body', ...required, schema: refTo(body.schema, 'v2') }])
    }
    printed.sort(([a], [b]) => compareText(a, b))
    return {
      description,
      consumes: operation.consumes,
      produces: operation.produces,
      schemes: ['https'],
      tags: [tag],
      operationId: id,
      ...(printed.length === 0 ? {} : { parameters: printed.map(([, parameter]) => parameter) }),
      responses: { ...codesOf(operation, { schema }), ...UNAUTHORIZED },
      ...unlessUndefined('x-kubernetes-action', action),
      ...(kind === undefined
        ? {}
        : { 'x-kubernetes-group-version-kind': { group: kind.group, kind: kind.kind, version: kind.version } }),
    }
  },
}

export function pathsV3(operations: readonly Operation[]): Record<string, PathItem> {
  return paths(operations, V3)
}

export function pathsV2(operations: readonly Operation[]): Record<string, PathItem> {
  return paths(operations, V2)
}
