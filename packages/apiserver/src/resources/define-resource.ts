// Builds a Resource from what is particular to its kind; everything else is as most kinds have it.

import type { KubeObject } from '../objects/kube-object.ts'
import type { Resource, Verb } from './resource.ts'

const ALL_VERBS: readonly Verb[] = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']

type Particular<T extends KubeObject> = Pick<Resource<T>, 'type' | 'singular' | 'schema' | 'columns' | 'strategy'> &
  Partial<Resource<T>>

export function defineResource<T extends KubeObject>(particular: Particular<T>): Resource<T> {
  return {
    shortNames: [],
    categories: [],
    verbs: ALL_VERBS,
    status: false,
    subresources: [],
    nameRule: 'dns-subdomain',
    createOnUpdate: false,
    unconditionalUpdate: true,
    returnsDeletedObject: false,
    selectableFields: {},
    ...particular,
  }
}
