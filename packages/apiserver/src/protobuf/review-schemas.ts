// Schemas of what clients only send and never store: access reviews and token requests. Field numbers from
// k8s.io/api authorization/v1 and authentication/v1 generated.proto; only what a request carries.

import type { FieldSchema, ObjectSchema } from '../schema/index.ts'

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'
const AUTHORIZATION = 'io.k8s.api.authorization.v1'
const AUTHENTICATION = 'io.k8s.api.authentication.v1'

function text(number: number): FieldSchema {
  return { type: 'string', proto: [number] }
}

function texts(number: number): FieldSchema {
  return { type: 'string', list: true, proto: [number] }
}

function object(number: number, ref: string): FieldSchema {
  return { type: 'object', ref, proto: [number] }
}

function schema(name: string, fields: Record<string, FieldSchema>): ObjectSchema {
  return { name, struct: name.slice(name.lastIndexOf('.') + 1), fields: new Map(Object.entries(fields)) }
}

function review(name: string, spec: string | undefined): ObjectSchema {
  return schema(name, { metadata: object(1, META), ...(spec === undefined ? {} : { spec: object(2, spec) }) })
}

const attributes = {
  resourceAttributes: object(1, `${AUTHORIZATION}.ResourceAttributes`),
  nonResourceAttributes: object(2, `${AUTHORIZATION}.NonResourceAttributes`),
}

const SCHEMAS: readonly ObjectSchema[] = [
  review(`${AUTHORIZATION}.SelfSubjectAccessReview`, `${AUTHORIZATION}.SelfSubjectAccessReviewSpec`),
  review(`${AUTHORIZATION}.SelfSubjectRulesReview`, `${AUTHORIZATION}.SelfSubjectRulesReviewSpec`),
  review(`${AUTHORIZATION}.SubjectAccessReview`, `${AUTHORIZATION}.SubjectAccessReviewSpec`),
  review(`${AUTHORIZATION}.LocalSubjectAccessReview`, `${AUTHORIZATION}.SubjectAccessReviewSpec`),
  schema(`${AUTHORIZATION}.SelfSubjectAccessReviewSpec`, attributes),
  schema(`${AUTHORIZATION}.SubjectAccessReviewSpec`, { ...attributes, user: text(3), groups: texts(4), uid: text(6) }),
  schema(`${AUTHORIZATION}.SelfSubjectRulesReviewSpec`, { namespace: text(1) }),
  schema(`${AUTHORIZATION}.ResourceAttributes`, {
    namespace: text(1),
    verb: text(2),
    group: text(3),
    version: text(4),
    resource: text(5),
    subresource: text(6),
    name: text(7),
  }),
  schema(`${AUTHORIZATION}.NonResourceAttributes`, { path: text(1), verb: text(2) }),
  review(`${AUTHENTICATION}.SelfSubjectReview`, undefined),
  review(`${AUTHENTICATION}.TokenReview`, `${AUTHENTICATION}.TokenReviewSpec`),
  schema(`${AUTHENTICATION}.TokenReviewSpec`, { token: text(1), audiences: texts(2) }),
  review(`${AUTHENTICATION}.TokenRequest`, `${AUTHENTICATION}.TokenRequestSpec`),
  schema(`${AUTHENTICATION}.TokenRequestSpec`, {
    audiences: texts(1),
    boundObjectRef: object(3, `${AUTHENTICATION}.BoundObjectReference`),
    expirationSeconds: { type: 'int64', proto: [4] },
  }),
  schema(`${AUTHENTICATION}.BoundObjectReference`, { kind: text(1), apiVersion: text(2), name: text(3), uid: text(4) }),
]

const byName = new Map(SCHEMAS.map((entry) => [entry.name, entry]))

export function findReviewSchema(name: string): ObjectSchema | undefined {
  return byName.get(name)
}
