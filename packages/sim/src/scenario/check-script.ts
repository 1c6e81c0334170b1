// Looks through a scenario script before it runs for calls that a cluster does not have: `cluster.faults.nodeCrsh(…)`, `cluster.aply(…)`.
// It reads the text, comments and strings left out, and looks at nothing but names behind a variable that is called cluster.

import { didYouMean } from '../arguments/did-you-mean.ts'
import { DocumentError, type DocumentProblem } from '../document/read-document.ts'
import type { Cluster } from '../sdk/cluster.ts'
import { SURFACE } from '../travel/surface.ts'

const CALL = /\bcluster\s*\??\.\s*(faults\s*\??\.\s*)?([A-Za-z_$][\w$]*)\s*\(/g

/** @throws DocumentError naming line and column of each call that is none */
export function checkScript(file: string, text: string, cluster: Cluster): void {
  const code = codeOf(text)
  // Somebody else's cluster may have other calls.
  if (/\b(?:const|let|var|function|class)\s+cluster\b(?!\s*(?::[^=]+)?=\s*\{)/.test(code)) return
  const problems = [...code.matchAll(CALL)].flatMap((match): readonly DocumentProblem[] => {
    const [whole, ofFaults, name = ''] = match
    const owner: object = ofFaults === undefined ? cluster : cluster.faults
    if (Reflect.has(owner, name)) return []
    const known = Object.keys(ofFaults === undefined ? SURFACE.cluster : SURFACE.faults)
    const meant = didYouMean(name, known)
    const called = ofFaults === undefined ? `cluster.${name}` : `cluster.faults.${name}`
    const remedy = meant === undefined ? `there are ${known.join(', ')}` : `did you mean ${meant}?`
    const place = placeOf(code, match.index + whole.lastIndexOf(name))
    return [{ ...place, path: '', message: `there is no ${called}(); ${remedy}` }]
  })
  if (problems.length > 0) throw new DocumentError('scenario', file, problems)
}

function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset)
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') }
}

/** Comments and strings are blanks of the same length, so that places stay. */
function codeOf(text: string): string {
  return text.replaceAll(
    /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g,
    (found) => found.replaceAll(/[^\n]/g, ' '),
  )
}
