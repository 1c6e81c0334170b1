// The real tools that judge podwire. Where one is missing its tests are skipped with the reason printed; with
// PODWIRE_REFEREES=required (CI) they fail instead.

import { spawnSync } from 'node:child_process'
import { describe, test } from 'vitest'

function isInstalled(tool: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${tool}`]).status === 0
}

/** `describe` for tests that need these tools. */
export function describeWith(tools: readonly string[], title: string, body: () => void): void {
  const missing = tools.filter((tool) => !isInstalled(tool))
  if (missing.length === 0) {
    describe(title, body)
    return
  }
  const reason = `${missing.join(', ')} not installed`
  if (process.env['PODWIRE_REFEREES'] === 'required') {
    test(`${title}: referees`, () => {
      throw new Error(`${title}: ${reason}`)
    })
    return
  }
  console.log(`skipped: ${title}: ${reason}`)
  describe.skip(`${title} (${reason})`, body)
}
