// `kubectl explain` against the served OpenAPI, as the real server makes it print. Skipped with a reason without a kubectl.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KubectlCluster } from './kubectl-cluster.suite.ts'
import { findKubectls } from './kubectls.suite.ts'

const all = findKubectls()
const kubectls = all.filter((_kubectl, index) => index === 0 || index === all.length - 1)
if (kubectls.length === 0) process.stderr.write('skipped: kubectl explain, there is no kubectl on the PATH\n')

const HEADER = 'KIND:       Pod\nVERSION:    v1\n\nFIELD: containers <[]Container>\n'

describe.each(kubectls)('kubectl $version explain', (kubectl) => {
  const current = new KubectlCluster(36)
  const old = new KubectlCluster(21)
  beforeAll(() => Promise.all([current.start(), old.start()]))
  afterAll(() => Promise.all([current.stop(), old.stop()]))

  it.each([
    ['pod.spec.containers --recursive', [HEADER, '  env\t<[]EnvVar>\n    name\t<string> -required-\n']],
    [
      'pod.spec.containers',
      ["\n  args\t<[]string>\n    Arguments to the entrypoint. The container image's CMD is used if this is\n"],
    ],
    [
      'pod.spec.containers --output=plaintext-openapiv2',
      ['KIND:     Pod\nVERSION:  v1\n\nRESOURCE: containers <[]Object>\n', '\n   env\t<[]Object>\n'],
    ],
    [
      'ingress --api-version=networking.k8s.io/v1',
      [
        'GROUP:      networking.k8s.io\nKIND:       Ingress\nVERSION:    v1\n',
        '\n  spec\t<IngressSpec>\n    spec is the desired',
      ],
    ],
    ['deployment.spec.strategy.type', ['FIELD: type <string>\n', ' - `"Recreate"` Kill all existing pods']],
    [
      'selfsubjectaccessreview.spec',
      ['GROUP:      authorization.k8s.io\n', '  resourceAttributes\t<ResourceAttributes>\n'],
    ],
  ])('%s', async (args, parts) => {
    const { code, out, err } = await current.run(kubectl, `explain ${args}`)
    expect(code, err).toBe(0)
    for (const part of parts) expect(out).toContain(part)
  })

  it('knows old versions, from releases without OpenAPI v3 too', async () => {
    const { out } = await old.run(kubectl, 'explain ingress.spec.backend --api-version=extensions/v1beta1')
    expect(out).toContain('serviceName\t<string>\n')
  })
})
