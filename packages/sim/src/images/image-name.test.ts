import { expect, test } from 'vitest'
import { canonicalImageName, imageIdentity, lookupNames, parseImageName } from './image-name.ts'

test.each([
  { text: 'nginx', name: 'docker.io/library/nginx:latest' },
  { text: 'nginx:1.25', name: 'docker.io/library/nginx:1.25' },
  { text: 'luksa/kubia', name: 'docker.io/luksa/kubia:latest' },
  { text: 'registry.k8s.io/coredns/coredns:v1.14.1', name: 'registry.k8s.io/coredns/coredns:v1.14.1' },
  { text: 'localhost:5000/app', name: 'localhost:5000/app:latest' },
  { text: `nginx@sha256:${'a'.repeat(64)}`, name: `docker.io/library/nginx@sha256:${'a'.repeat(64)}` },
  { text: 'UPPER', name: undefined },
  { text: 'a//b', name: undefined },
  { text: '', name: undefined },
  { text: 'x:', name: undefined },
])('$text is $name', ({ text, name }) => {
  const reference = parseImageName(text)
  expect(reference === undefined ? undefined : canonicalImageName(reference)).toBe(name)
})

test('lookup names go from the whole name to its last part', () => {
  const reference = parseImageName('registry.k8s.io/e2e-test-images/agnhost:2.53')
  expect(reference === undefined ? [] : lookupNames(reference)).toEqual([
    'registry.k8s.io/e2e-test-images/agnhost',
    'e2e-test-images/agnhost',
    'agnhost',
  ])
})

test('an image id depends on the tag', () => {
  const ids = ['nginx:1', 'nginx:2', 'nginx:1'].map((text) => {
    const reference = parseImageName(text)
    return reference === undefined ? '' : imageIdentity(reference).imageID
  })
  expect(ids[0]).toMatch(/^docker\.io\/library\/nginx@sha256:[0-9a-f]{64}$/)
  expect(ids[0]).not.toBe(ids[1])
  expect(ids[0]).toBe(ids[2])
})
