// The bus event of every write to the store.

import { topic } from '@podwire/engine'
import type { StoreEvent } from './store/history.ts'

export const objectChanged = topic<StoreEvent>('object.changed', (digest, event) => {
  digest.number(event.revision)
  digest.text(event.type)
  digest.text(event.key)
})
