// ipset list, save and test. Source: ipset 7.17. Sets are kube-proxy's to fill: what would change them is refused by name.

import { ipsetSave, savedSet } from '../ipvs/ipset-text.ts'
import type { NodeTools } from '../kube-proxy/node-tools.ts'
import { done, wrong, type ToolAnswer } from './tool-answer.ts'

const VERSION = 'ipset v7.17'
const LIST = new Set(['list', '-L', '--list', 'l', 'ls'])
const SAVE = new Set(['save', '-S', '--save'])
const TEST = new Set(['test', '-T', '--test'])

export function ipset(argv: readonly string[], node: NodeTools): ToolAnswer {
  const flags = argv.slice(1).filter((word) => word.startsWith('-'))
  const [command = '', ...operands] = argv.filter((word, i) => i === 0 || !word.startsWith('-'))
  if (command === 'version' || command === '--version' || command === '-v')
    return done(`${VERSION}, protocol version: 7\n`)
  const unknown = flags.find((flag) => !/^-(n|name|t|terse|s|sorted|o|-name|-terse|-sorted)$/.test(flag))
  if (unknown !== undefined)
    return wrong(`${VERSION}: Unknown argument: \`${unknown}'\nTry \`ipset help' for more information.`, 1)
  const [name] = operands
  const missing = wrong(`${VERSION}: The set with the given name does not exist`, 1)
  if (LIST.has(command)) {
    if (flags.some((flag) => /^--?n(ame)?$/.test(flag))) {
      return done(
        node
          .ipsets()
          .map((set) => `${set.name}\n`)
          .join(''),
      )
    }
    const terse = flags.some((flag) => /^--?t(erse)?$/.test(flag))
    const text = node.ipsetList({ ...(name === undefined ? {} : { name }), terse })
    return text === undefined ? missing : done(text)
  }
  const sets = node.ipsets().filter((set) => name === undefined || set.name === name)
  if (name !== undefined && sets.length === 0) return missing
  if (SAVE.has(command)) return done(ipsetSave(sets.map(savedSet)))
  if (TEST.has(command)) {
    const [set] = sets
    const entry = operands[1]
    if (set === undefined || name === undefined || entry === undefined)
      return wrong(`${VERSION}: Missing mandatory argument`, 1)
    const isThere = set.members().includes(entry)
    const text = `${entry} is ${isThere ? '' : 'NOT '}in set ${name}.`
    return isThere ? { stdout: '', stderr: `Warning: ${text}\n`, exitCode: 0 } : wrong(text, 1)
  }
  return wrong(`${VERSION}: podwire simulates list, save and test, not ${command === '' ? 'nothing' : command}`, 1)
}
