import { expect, test } from 'vitest'
import { findJsonPath } from './find.ts'
import { JsonPathError } from './nodes.ts'
import { parseJsonPath } from './parse.ts'

const WIDGET = {
  metadata: { name: 'w', labels: { 'app.kubernetes.io/name': 'x' } },
  spec: { tags: ['a', 'b', 'c', 'd'], nothing: null, empty: [] },
  status: {
    conditions: [
      { type: 'Ready', status: 'True', weight: 1 },
      { type: 'Synced', status: 'False', weight: 5 },
      { status: 'Unknown' },
    ],
  },
}

test.each<[path: string, found: readonly unknown[]]>([
  ['.metadata.name', ['w']],
  ['$.metadata.name', ['w']],
  ['.metadata.labels.app\\.kubernetes\\.io/name', ['x']],
  [String.raw`.metadata.labels['app\.kubernetes\.io/name']`, ['x']],
  [".metadata.labels['app.kubernetes.io/name']", []],
  [".metadata['name']", ['w']],
  ['.spec.missing.deeper', []],
  ['.spec.nothing', [null]],
  ['.spec.tags[0]', ['a']],
  ['.spec.tags[-1]', ['d']],
  ['.spec.tags[1:3]', ['b', 'c']],
  ['.spec.tags[::2]', ['a', 'c']],
  ['.spec.tags[-2:]', ['c', 'd']],
  ['.spec.tags[*]', ['a', 'b', 'c', 'd']],
  ['.spec.tags[0,2]', ['a', 'c']],
  ['.spec.empty[0]', []],
  ['.status.conditions[?(@.type=="Ready")].status', ['True']],
  [".status.conditions[?(@.type == 'Synced')].status", ['False']],
  ['.status.conditions[?(@.type!="Ready")].weight', [5]],
  ['.status.conditions[?(@.weight>1)].type', ['Synced']],
  ['.status.conditions[?(@.weight)].type', ['Ready', 'Synced']],
  ['.status.conditions[*].type', ['Ready', 'Synced']],
  ["['metadata','spec'].name", ['w']],
  ['..weight', [1, 5]],
  ['.metadata.*', ['w', { 'app.kubernetes.io/name': 'x' }]],
])('%s', (path, found) => {
  expect(findJsonPath(parseJsonPath(path), WIDGET)).toEqual(found)
})

test.each(['.metadata.name[0]', '.spec.tags[9]', '.status.conditions[?(@.type==1)]', '.metadata[?(@.x)]'])(
  '%s does not fit',
  (path) => {
    expect(() => findJsonPath(parseJsonPath(path), WIDGET)).toThrow(JsonPathError)
  },
)

test.each(['.a[', '.a[x]', '.a[]', 'a', '.a["x', '.a ^'])('%s is no path', (path) => {
  expect(() => parseJsonPath(path)).toThrow(JsonPathError)
})
