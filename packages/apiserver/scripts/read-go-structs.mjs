// Reads from the Go types of k8s.io/api and k8s.io/apimachinery what no model says: the order of a struct's fields, which of
// them are pointers, and which are left out when empty. Writes go-structs.json beside this file.
// Run: node scripts/read-go-structs.mjs k8s.io.api=DIR k8s.io.apimachinery=DIR …, each DIR a checkout of that module.
// A field is written as its JSON name and flags: `*` pointer, `?` omitempty, `!` omitzero; after `=` comes the type of a field
// that is of a named one which is no struct, as Go's errors call it.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'

const FIELD = /^\s+(?:([A-Z]\w*)\s+)?(\S.*?)\s+`(.*?)`/

function goFiles(dir) {
  return readdirSync(dir, { recursive: true })
    .filter((name) => /(^|\/)types\w*\.go$/.test(name))
    .sort((a, b) => (a < b ? -1 : 1))
}

/** @returns {Map<string, {type, json, named}[]>} */
function structs(text, own) {
  const found = new Map()
  const imports = importsOf(text)
  for (const [, name, body = ''] of text.matchAll(/^type (\w+) struct ?\{(?:\}|\n([\s\S]*?)^\})/gm)) {
    const fields = body.split('\n').flatMap((line) => {
      const match = /^\s*\/\//.test(line) ? null : FIELD.exec(line)
      const json = match === null ? undefined : /json:"([^"]*)"/.exec(match[3])?.[1]
      if (json === undefined || json === '-') return []
      return [{ type: match[2], json: json.split(','), named: namedType(match[2], imports, own) }]
    })
    found.set(name, fields)
  }
  return found
}

function flags({ type, json: [, ...options] }) {
  const pointer = type.startsWith('*') ? '*' : ''
  return `${pointer}${options.includes('omitempty') ? '?' : ''}${options.includes('omitzero') ? '!' : ''}`
}

/** Named types that are no structs, `v1.Protocol`, of all packages. */
const named = new Set()

/** Package names by what a file calls them. */
function importsOf(text) {
  const imports = new Map()
  for (const [, alias, path] of text.matchAll(/^\s+(?:(\w+) )?"([^"]+)"$/gm)) {
    const name = path.split('/').at(-1)
    imports.set(alias ?? name, name)
  }
  return imports
}

/** `=v1.Protocol`, `=[]v1.IPFamily`; '' for types that say nothing more than the schema does. */
function namedType(type, imports, own) {
  let isNamed = false
  const text = type.replace(/^\*/, '').replace(/(?<![\w.])(?:(\w+)\.)?([A-Z]\w*)/g, (_, alias, name) => {
    const full = `${alias === undefined ? own : (imports.get(alias) ?? alias)}.${name}`
    if (named.has(full)) isNamed = true
    return full
  })
  return isNamed ? `=${text.replaceAll('byte', 'uint8')}` : ''
}

/** Inlined structs give their fields in their place; TypeMeta is no field of anything. */
function flattened(fields, all) {
  return fields.flatMap((field) => {
    if (field.json[0] !== '') return [`${field.json[0]}${flags(field)}${field.named}`]
    return flattened(all.get(field.type.replace(/^\*|^.*\./g, '')) ?? [], all)
  })
}

for (const argument of process.argv.slice(2)) {
  const dir = argument.split('=')[1]
  for (const file of readdirSync(dir, { recursive: true }).filter((name) => /(?<!_test)\.go$/.test(name))) {
    const text = readFileSync(join(dir, file), 'utf8')
    const own = file.split('/').at(-2) ?? ''
    for (const [, name] of text.matchAll(/^type (\w+) (?:string|int32|int64|int|bool|map\[|\[\])/gm))
      named.add(`${own}.${name}`)
  }
}

const table = {}
for (const argument of process.argv.slice(2)) {
  const [module, dir] = argument.split('=')
  const packages = new Map()
  for (const file of goFiles(dir)) {
    const name = [module, ...relative(dir, join(dir, file)).split('/').slice(0, -1)].join('.')
    const known = packages.get(name) ?? new Map()
    for (const [struct, fields] of structs(readFileSync(join(dir, file), 'utf8'), name.split('.').at(-1)))
      known.set(struct, fields)
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
