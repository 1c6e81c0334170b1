// Names of operations: `createAppsV1NamespacedDeployment`, and the tag that groups them: `apps_v1`.
// Source: apiserver endpoints/openapi/openapi.go (GetOperationIDAndTags, ToValidOperationID).

/** Words of a group or path, run together. */
function joined(text: string, capitalized: boolean): string {
  const words = text.split(/[^A-Za-z0-9]+/).filter((word) => word !== '')
  return words.map((word, at) => (at > 0 || capitalized ? capitalize(word) : word)).join('')
}

function capitalize(word: string): string {
  return word.replace(/^./, (letter) => letter.toUpperCase())
}

interface Place {
  readonly group: string
  readonly version?: string
}

function groupWord(group: string): string {
  return group === '' ? 'core' : group.replace(/\.k8s\.io$/, '')
}

/** @param word e.g. `list`, `deletecollection` @param rest e.g. `NamespacedPodStatus` */
export function operationId(word: string, { group, version = '' }: Place, rest: string): string {
  const [verb, more] = word === 'deletecollection' ? ['delete', 'Collection'] : [word, '']
  return `${verb}${joined(groupWord(group), true)}${joined(version, true)}${more}${rest}`
}

export function tagOf({ group, version }: Place): string {
  const first = joined(groupWord(group), false)
  return version === undefined ? first : `${first}_${joined(version, false)}`
}
