// events.k8s.io/v1beta1 Events: v1 by another name, and less strict with new ones.

import { invariant } from '@podwire/engine'
import { eventsEvent } from '../events/events-event.ts'
import { resourceType } from '../resource-type.ts'
import type { Resource } from '../resource.ts'
import type { LegacyVersion } from './legacy-version.ts'

const GROUP_VERSION = 'events.k8s.io/v1beta1'

function eventV1beta1(): Resource {
  // Only handed Events, as every resource is only handed its own kind.
  const current = eventsEvent as unknown as Resource
  const { otherVersion, type } = current
  invariant(otherVersion !== undefined, 'events.k8s.io/v1 is stored as v1')
  return {
    ...current,
    type: resourceType(GROUP_VERSION, type.resource, type.kind, { namespaced: true }),
    schema: 'io.k8s.api.events.v1beta1.Event',
    deprecationWarning: `${GROUP_VERSION} Event is deprecated in v1.22+, unavailable in v1.25+`,
    otherVersion: {
      stored: otherVersion.stored,
      fromStored: (object) => ({ ...otherVersion.fromStored(object), apiVersion: GROUP_VERSION }),
      toStored: (object, old) => otherVersion.toStored(object, old),
    },
  }
}

export const legacyEvent: LegacyVersion = { since: 8, until: 24, resource: eventV1beta1() }
