// What a server has before anybody asks, as a real one shows it.

import { expect, test } from 'vitest'
import { Engine } from '@podwire/engine'
import { serviceCidrs } from '../resources/served-types.ts'
import { createApiServer } from '../server.ts'

test('the first Service range is ready; its condition has an empty reason, which nobody owns', () => {
  const { client } = createApiServer({ engine: new Engine({ seed: 1 }) })
  const { metadata, status } = client.get(serviceCidrs, { name: 'kubernetes' })
  expect(status?.conditions).toMatchObject([{ type: 'Ready', status: 'True', reason: '' }])
  const owned = metadata.managedFields?.find(({ subresource }) => subresource === 'status')
  expect(owned).toMatchObject({ manager: 'kubernetes-service-cidr-controller', operation: 'Apply' })
  expect(owned?.fieldsV1).toEqual({
    'f:status': {
      'f:conditions': {
        'k:{"type":"Ready"}': { '.': {}, 'f:lastTransitionTime': {}, 'f:message': {}, 'f:status': {}, 'f:type': {} },
      },
    },
  })
})
