// Reads from the Go types of k8s.io/api and k8s.io/apimachinery what no model says: the order of a struct's fields, which of
// them are pointers, and which are left out when empty. Writes go-structs.json beside this file.
// Run: node scripts/read-go-structs.mjs k8s.io.api=DIR k8s.io.apimachinery=DIR …, each DIR a checkout of that module.
// A field is written as its JSON name and flags: `*` pointer, `?` omitempty, `!` omitzero.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'

const FIELD = /^\s+(?:([A-Z]\w*)\s+)?(\S.*?)\s+`(.*?)`/

function goFiles(dir) {
  return readdirSync(dir, { recursive: true })
    .filter((name) => /(^|\/)types\w*\.go$/.test(name))
    .sort((a, b) => (a < b ? -1 : 1))
}

/** @returns {Map<string, {name, type, json, inline}[]>} */
function structs(text) {
  const found = new Map()
  for (const [, name, body = ''] of text.matchAll(/^type (\w+) struct ?\{(?:\}|\n([\s\S]*?)^\})/gm)) {
    const fields = body.split('\n').flatMap((line) => {
      const match = /^\s*\/\//.test(line) ? null : FIELD.exec(line)
      const json = match === null ? undefined : /json:"([^"]*)"/.exec(match[3])?.[1]
      if (json === undefined || json === '-') return []
      return [{ type: match[2], json: json.split(',') }]
    })
    found.set(name, fields)
  }
  return found
}

function flags({ type, json: [, ...options] }) {
  const pointer = type.startsWith('*') ? '*' : ''
  return `${pointer}${options.includes('omitempty') ? '?' : ''}${options.includes('omitzero') ? '!' : ''}`
}

/** Inlined structs give their fields in their place; TypeMeta is no field of anything. */
function flattened(fields, all) {
  return fields.flatMap((field) => {
    if (field.json[0] !== '') return [`${field.json[0]}${flags(field)}`]
    return flattened(all.get(field.type.replace(/^\*|^.*\./g, '')) ?? [], all)
  })
}

const table = {}
for (const argument of process.argv.slice(2)) {
  const [module, dir] = argument.split('=')
  const packages = new Map()
  for (const file of goFiles(dir)) {
    const name = [module, ...relative(dir, join(dir, file)).split('/').slice(0, -1)].join('.')
    const known = packages.get(name) ?? new Map()
    for (const [struct, fields] of structs(readFileSync(join(dir, file), 'utf8'))) known.set(struct, fields)
    packages.set(name, known)
  }
  for (const [name, known] of packages) {
    table[name] = Object.fromEntries([...known].map(([struct, fields]) => [struct, flattened(fields, known).join(' ')]))
  }
}
const lines = Object.entries(table).map(([name, list]) => {
  const entries = Object.entries(list).sort(([a], [b]) => (a < b ? -1 : 1))
  return `${JSON.stringify(name)}: {\n${entries.map(([key, text]) => `${JSON.stringify(key)}: ${JSON.stringify(text)}`).join(',\n')}\n}`
})
writeFileSync(
  new URL('go-structs.json', import.meta.url),
  `{\n${lines.sort((a, b) => (a < b ? -1 : 1)).join(',\n')}\n}\n`,
)
