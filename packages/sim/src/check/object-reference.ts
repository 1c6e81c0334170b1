// Objects by the names kubectl has for them: `svc/default/kubia`, `deployments.apps/demo/web`, `pods/default` for all of a
// namespace, `nodes/node-1`. What is served decides what a name means, custom kinds included.

import type { ApiServer, KubeObject, ResourceType } from '@podwire/apiserver'
import { PodwireError } from '@podwire/engine'
import { UnmetError } from './unmet.ts'

export interface ObjectReference {
  readonly type: ResourceType
  readonly namespace: string | undefined
  /** Undefined: all of them. */
  readonly name: string | undefined
}

/** @throws PodwireError for what is no reference, or of a kind that is not served */
export function parseReference(server: ApiServer, text: string): ObjectReference {
  const [resource = '', ...rest] = text.split('/')
  const type = typeOf(server, resource)
  if (type === undefined) {
    throw new PodwireError(`find ${text}`, `the server has no resource type ${JSON.stringify(resource)}`, HOW)
  }
  const [namespace, name] = type.namespaced ? rest : [undefined, ...rest]
  if (rest.length > (type.namespaced ? 2 : 1) || (type.namespaced && rest.length === 0)) {
    throw new PodwireError(
      `find ${text}`,
      `${type.resource} ${type.namespaced ? 'are in namespaces' : 'are in no namespace'}`,
      HOW,
    )
  }
  return { type, namespace, name }
}

const HOW = 'Write RESOURCE/NAMESPACE/NAME, RESOURCE/NAMESPACE, or RESOURCE/NAME for what has no namespace.'

function typeOf(server: ApiServer, name: string): ResourceType | undefined {
  const wanted = name.toLowerCase()
  const dot = wanted.indexOf('.')
  const plain = dot < 0 ? wanted : wanted.slice(0, dot)
  const group = dot < 0 ? undefined : wanted.slice(dot + 1)
  return server.registry
    .all()
    .find(
      ({ type, singular, shortNames }) =>
        [type.resource, singular, ...shortNames].includes(plain) && (group === undefined || type.group === group),
    )?.type
}

/** One object. @throws UnmetError when it is not there */
export function findOne(server: ApiServer, text: string): KubeObject {
  const { type, namespace, name } = parseReference(server, text)
  if (name === undefined) throw new PodwireError(`find ${text}`, 'it names no object', HOW)
  const found = server.client.find(type, { namespace, name })
  if (found === undefined) throw new UnmetError(`there is no ${text}`, `没有 ${text}`)
  return found
}
