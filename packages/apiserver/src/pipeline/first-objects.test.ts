// What a server stores before anybody asks: as recorded from kube-apiserver 1.36.

import { Engine } from '@podwire/engine'
import { expect, test } from 'vitest'
import type { ServiceCIDR } from '../objects/index.ts'
import { serviceCidrs } from '../resources/served-types.ts'
import { createApiServer } from '../server.ts'

test('the first ServiceCIDR is ready without a reason, so nobody owns one', () => {
  const { store } = createApiServer({ engine: new Engine({ seed: 1 }) })
  const found: ServiceCIDR | undefined = store.get(serviceCidrs, undefined, 'kubernetes')
  expect(found?.status?.conditions).toMatchObject([{ type: 'Ready', status: 'True', reason: '' }])
  const applied = found?.metadata.managedFields?.find(({ operation }) => operation === 'Apply')
  expect(applied?.fieldsV1).toEqual({
    'f:status': {
      'f:conditions': {
        'k:{"type":"Ready"}': {
          '.': {},
          'f:lastTransitionTime': {},
          'f:message': {},
          'f:status': {},
          'f:type': {},
        },
      },
    },
  })
})
