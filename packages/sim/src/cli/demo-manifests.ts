// What the demo applies: the first steps of a Service course.

import { fileURLToPath } from 'node:url'

const examples = new URL('../../../../examples/', import.meta.url)

export const DEMO_MANIFESTS: readonly string[] = ['kubia.yaml', 'myblog.yaml'].map((name) =>
  fileURLToPath(new URL(name, examples)),
)
