// What the demo applies: the first steps of a Service course.

import { join } from 'node:path'
import { shippedFolder } from '../document/shipped-folder.ts'

export const DEMO_MANIFESTS: readonly string[] = ['kubia.yaml', 'myblog.yaml'].map((name) =>
  join(shippedFolder('examples'), name),
)
