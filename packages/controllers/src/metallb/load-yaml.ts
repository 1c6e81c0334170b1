// yaml, loaded with the first text that is read or written: a cluster that is given objects never needs it.

import { lazyLibrary } from '@podwire/engine'
import type * as Yaml from 'yaml'

export const yaml = lazyLibrary(import.meta.url, 'yaml') as () => typeof Yaml
