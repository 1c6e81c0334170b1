// use-regex: paths are patterns, matched from their beginning without case; it counts for every path of the host.

import { readBoolean, type Annotation } from './annotation.ts'

export const useRegex: Annotation = {
  name: 'use-regex',
  read: (text, rules) => readBoolean(text, (value) => (rules.useRegex = value)),
}
