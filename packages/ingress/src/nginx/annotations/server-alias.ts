// server-alias: further host names of the Ingress's hosts, separated by commas. A host with rules of its own is never an alias.

import type { Annotation } from './annotation.ts'

export const serverAlias: Annotation = {
  name: 'server-alias',
  read(text, rules) {
    const aliases = text
      .split(',')
      .map((alias) => alias.trim().toLowerCase())
      .filter((alias) => alias !== '')
    const bad = aliases.find((alias) => !/^(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(alias))
    if (bad !== undefined) return `${JSON.stringify(bad)} is no host name`
    rules.serverAliases = [...new Set(aliases)]
    return undefined
  },
}
