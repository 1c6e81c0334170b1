// Reads model classes of @kubernetes/client-node and joins them with the facts about fields.
// Facts come from three tables: protobuf numbers and list types, Go's structs (which fields are pointers, which are always
// written), and both of legacy versions. The `.js` file holds `attributeTypeMap` as JSON (types and formats), the `.d.ts` file optionality and descriptions.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const metaPackage = 'k8s.io.apimachinery.pkg.apis.meta.v1'
const extensions = 'k8s.io.apiextensions-apiserver.pkg.apis.apiextensions.v1'
const searchOrder = [
  'k8s.io.api.core.v1',
  'k8s.io.api.apps.v1',
  'k8s.io.api.networking.v1',
  'k8s.io.api.discovery.v1',
  'k8s.io.api.coordination.v1',
  'k8s.io.api.autoscaling.v1',
  'k8s.io.api.batch.v1',
  'k8s.io.api.policy.v1',
  'k8s.io.api.rbac.v1',
  'k8s.io.api.scheduling.v1',
  'k8s.io.api.authentication.v1',
  extensions,
  'k8s.io.api.authorization.v1',
  metaPackage,
]
const prefixes = {
  CoreV1: 'k8s.io.api.core.v1',
  DiscoveryV1: 'k8s.io.api.discovery.v1',
  EventsV1: 'k8s.io.api.events.v1',
  RbacV1: 'k8s.io.api.rbac.v1',
  AuthenticationV1: 'k8s.io.api.authentication.v1',
  ApiextensionsV1: extensions,
  V2: 'k8s.io.api.autoscaling.v2',
  Version: 'k8s.io.apimachinery.pkg.version',
}
const scalars = new Map([
  [`${metaPackage}.Time`, 'time'],
  [`${metaPackage}.MicroTime`, 'micro-time'],
  [`${metaPackage}.Verbs`, 'strings'],
  [`${metaPackage}.FieldsV1`, 'raw'],
  ['k8s.io.apimachinery.pkg.runtime.RawExtension', 'raw'],
  ['k8s.io.apimachinery.pkg.util.intstr.IntOrString', 'int-or-string'],
  ['k8s.io.apimachinery.pkg.api.resource.Quantity', 'quantity'],
  ['k8s.io.api.authentication.v1.ExtraValue', 'strings'],
  ['k8s.io.api.authorization.v1.ExtraValue', 'strings'],
  [`${extensions}.JSON`, 'json'],
  [`${extensions}.JSONSchemaPropsOrArray`, 'schema-or-array'],
  [`${extensions}.JSONSchemaPropsOrBool`, 'schema-or-bool'],
  [`${extensions}.JSONSchemaPropsOrStringArray`, 'schema-or-strings'],
])

/** What the models call `any` although there is more to say. */
const sharperTypes = new Map([
  ['V1CustomResourceSubresources.status', 'V1CustomResourceSubresourceStatus'],
  ['V1JSONSchemaProps.items', 'V1JSONSchemaProps | Array<V1JSONSchemaProps>'],
  ['V1JSONSchemaProps.additionalItems', 'V1JSONSchemaProps | boolean'],
  ['V1JSONSchemaProps.additionalProperties', 'V1JSONSchemaProps | boolean'],
  ['V1JSONSchemaProps.dependencies', '{ [key: string]: V1JSONSchemaProps | Array<string>; }'],
])

/** Structs without fields have no model. */
const emptyStructs = new Map([
  ['V1Patch', { package: metaPackage, description: '' }],
  [
    'V1CustomResourceSubresourceStatus',
    {
      package: extensions,
      description:
        'CustomResourceSubresourceStatus defines how to serve the status subresource for CustomResources. Status is ' +
        'represented by the `.status` JSON path inside of a CustomResource. When set, * exposes a /status subresource for ' +
        'the custom resource * PUT requests to the /status subresource take a custom resource object, and ignore changes ' +
        'to anything except the status stanza * PUT/POST/PATCH requests to the custom resource ignore changes to the ' +
        'status stanza',
    },
  ],
])

/**
 * @typedef {{ name: string, tsType: string, required: boolean, description: string, fact: object, proto: number[] }} Field
 * @typedef {{ className: string, message: string, package: string, description: string, fields: Field[], kind: boolean,
 *   list: boolean }} Model
 * @returns {ReadonlyMap<string, Model>} by class name, in order of package and message name
 */
export function readModel(directory, facts, roots) {
  const models = new Map()
  const waiting = [...roots]
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    if (models.has(next)) continue
    const model = readClass(directory, facts, next)
    models.set(next, model)
    for (const field of model.fields) waiting.push(...classesIn(field.tsType))
  }
  const order = (model) => `${model.package} ${model.message}`
  return new Map([...models].sort(([, a], [, b]) => (order(a) < order(b) ? -1 : order(a) > order(b) ? 1 : 0)))
}

/** Names of model classes a type text mentions. */
export function classesIn(type) {
  return (type.match(/\b(?:(?:Core|Discovery|Events|Rbac|Authentication|Apiextensions)?V1|V2)[A-Za-z]+/g) ?? []).filter(
    (name) => name !== 'V1MicroTime',
  )
}

function readClass(directory, facts, className) {
  const empty = emptyStructs.get(className)
  if (empty !== undefined) {
    return { className, message: className.slice('V1'.length), fields: [], kind: false, list: false, ...empty }
  }
  const script = readFileSync(join(directory, `${className}.js`), 'utf8')
  const declaration = readFileSync(join(directory, `${className}.d.ts`), 'utf8')
  const list = /attributeTypeMap = (\[[\s\S]*?\n\]);/.exec(script)
  if (list === null) throw new Error(`${className}: no attributeTypeMap`)
  const attributes = JSON.parse(list[1])
  const { packageName, message } = locate(facts, className, attributes)
  const docs = memberDocs(declaration)
  const names = new Set(attributes.map((attribute) => attribute.baseName))
  const flat = fieldsOf(facts, packageName, message)
  const fields = attributes.map((attribute) => {
    const doc = docs.get(attribute.name)
    if (doc === undefined) throw new Error(`${className}.${attribute.name}: no declaration`)
    const found = flat.get(attribute.baseName) ?? typeMeta(attribute.baseName)
    if (found === undefined) throw new Error(`${className}.${attribute.baseName}: no facts`)
    return {
      name: attribute.baseName,
      tsType: sharperTypes.get(`${className}.${attribute.name}`) ?? attribute.type,
      ...doc,
      fact: found.fact,
      proto: found.proto,
    }
  })
  return {
    className,
    message,
    package: packageName,
    fields,
    description: clean(/\/\*\*\n\* ([\s\S]*?)\n\*\/\nexport declare class/.exec(declaration)?.[1] ?? ''),
    kind: names.has('apiVersion') && names.has('kind') && attributes.some((a) => a.type === 'V1ObjectMeta'),
    list: attributes.some((a) => a.type === 'V1ListMeta') && names.has('items'),
  }
}

/** apiVersion and kind travel in the envelope, not in the message. */
export function typeMeta(name) {
  return name === 'apiVersion' || name === 'kind' ? { fact: { type: 'string', optional: true }, proto: [] } : undefined
}

function locate(facts, className, attributes) {
  for (const [prefix, packageName] of Object.entries(prefixes)) {
    if (className.startsWith(prefix)) return { packageName, message: className.slice(prefix.length) }
  }
  const message = className.slice('V1'.length)
  for (const packageName of searchOrder) {
    if (facts[packageName]?.[message] === undefined) continue
    const flat = fieldsOf(facts, packageName, message)
    const known = (name) => flat.has(name) || typeMeta(name) !== undefined
    if (attributes.every((attribute) => known(attribute.baseName))) return { packageName, message }
  }
  throw new Error(`${className}: not among the facts`)
}

/** Fields by JSON name; fields of inlined messages stand in the parent, with the path of protobuf numbers to reach them. */
export function fieldsOf(facts, packageName, message, outer = []) {
  const fields = new Map()
  for (const [name, fact] of Object.entries(facts[packageName][message])) {
    // What never travels in protobuf has no numbers.
    const proto = fact.number === undefined ? [] : [...outer, fact.number]
    if (fact.inline) {
      for (const [inner, found] of fieldsOf(facts, packageName, fact.type, proto)) fields.set(inner, found)
    } else if (fact.json !== '-') {
      fields.set(fact.json ?? name, { fact: { ...fact, type: qualify(packageName, fact.type) }, proto })
    }
  }
  return fields
}

function qualify(packageName, type) {
  if (/^(string|bool|int32|int64|double|bytes)$/.test(type)) return type
  const full = type.includes('.') ? type : `${packageName}.${type}`
  return scalars.get(full) ?? full
}

function memberDocs(declaration) {
  const docs = new Map()
  for (const match of declaration.matchAll(/(?: {4}\/\*\*\n([\s\S]*?)\n {4}\*\/\n)? {4}'([^']+)'(\??):/g)) {
    docs.set(match[2], { required: match[3] === '', description: clean((match[1] ?? '').replace(/^ {4}\* ?/gm, '')) })
  }
  return docs
}

function clean(text) {
  return text.replace(/\\(['"`\\])/g, '$1').trim()
}

/** Fields of a struct as go-structs.json lists them. */
function readStruct(text) {
  return [...text.matchAll(/(\S+?)([*?!]*)(?:=\S+)?(?= |$)/g)].map(([, name, flags]) => ({
    name,
    ...(flags.includes('*') ? { pointer: true } : {}),
    ...(/[?!]/.test(flags) ? {} : { always: true }),
  }))
}

/** Fields of inlined structs are facts of the struct they come from. */
function byJsonName(fields = {}, name) {
  return Object.entries(fields).find(([key, fact]) => (fact.json ?? key) === name)?.[1] ?? {}
}

/**
 * What Go says beyond the protobuf descriptors, joined into the facts: `pointer`, `always` (no omitempty) and
 * `enum`.
 */
export function joinFacts(facts, { goStructs, legacy, enums }) {
  const joined = structuredClone({ ...facts, ...legacy })
  const each = (table, join) => {
    for (const [packageName, messages] of Object.entries(table)) {
      for (const [message, entry] of Object.entries(messages)) {
        const fields = joined[packageName]?.[message] ?? {}
        join(entry, (name, more) => Object.assign(fields[name] ?? {}, more))
      }
    }
  }
  for (const [packageName, structs] of Object.entries(goStructs)) {
    for (const [message, text] of Object.entries(structs)) {
      for (const { name, ...flags } of readStruct(text))
        Object.assign(byJsonName(joined[packageName]?.[message], name), flags)
    }
  }
  each(enums.fields, (entry, add) => {
    for (const [name, type] of Object.entries(entry)) add(name, { enum: enums.enums[type] })
  })
  return joined
}
