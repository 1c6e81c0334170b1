// ServiceAccount, what it has to say of ephemeral containers: the Secrets they may use. New pods are looked at as they are
// prepared (resources/pods/pod-admission.ts). Source: kubernetes plugin/pkg/admission/serviceaccount. As there, the refusal is no
// Status of its own, and the server answers with the bare text.

import type { Pod } from '../objects/index.ts'
import { completed } from '../pipeline/write.ts'
import { ephemeralSecretsProblem } from '../resources/pods/mountable-secrets.ts'
import { pods, serviceAccounts } from '../resources/served-types.ts'
import { plainError } from '../status/errors.ts'
import { refusedAfterValidation, type AdmissionPlugin } from './plugin.ts'

export const serviceAccount: AdmissionPlugin = {
  name: 'ServiceAccount',
  subresources: ['ephemeralcontainers'],
  validate: (write) => {
    if (write.resource.type !== pods || write.subresource !== 'ephemeralcontainers') return
    const { spec } = completed(write.object) as unknown as Pod
    const { namespace } = write
    const { serviceAccountName: name = '' } = spec
    if (name === '') {
      const why = `no service account specified for pod ${namespace}/${write.object.metadata.name ?? ''}`
      throw refusedAfterValidation(write, why)
    }
    const account = write.context.find(serviceAccounts, namespace, name)
    if (account === undefined) {
      if (name === 'default') return
      const why = `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`
      throw refusedAfterValidation(write, why)
    }
    const problem = ephemeralSecretsProblem(account, spec)
    if (problem !== undefined) throw plainError(problem)
  },
}
