// A check that runs a shell line in a pod, on a node or outside, and looks at its exit code and what it printed: `iptables-save`,
// `ipvsadm -Ln`, `cat /etc/resolv.conf`.

import type { Cluster } from '../sdk/cluster.ts'
import type { RunCheck } from './check-schema.ts'
import { fact, textFacts, type Fact } from './expectation.ts'
import type { TextExpectation } from './expectation-schema.ts'
import { machineAt } from './place.ts'
import type { Values } from './values.ts'

export async function runRunCheck(
  cluster: Cluster,
  check: RunCheck,
  values: Values,
): Promise<{ facts: readonly Fact[]; explanation: string }> {
  const command = await values.fill(check.run)
  const from = await values.fill(check.from)
  const { stdout, stderr, exitCode } = await machineAt(cluster, from).exec(command)
  const facts: Fact[] = []
  const wanted = check.exit ?? (check.output === undefined && check.errors === undefined ? 0 : undefined)
  if (wanted !== undefined) {
    const ok = exitCode === wanted
    const last = ok || stderr.trim() === '' ? '' : ` (${stderr.trim().split('\n').at(-1) ?? ''})`
    facts.push(
      fact(
        ok,
        `${command} on ${from} ends with ${exitCode}${last}${ok ? '' : `, should end with ${wanted}`}`,
        `在 ${from} 上执行 ${command}，退出码 ${exitCode}${last}${ok ? '' : `，应为 ${wanted}`}`,
      ),
    )
  }
  const name = { en: `${command} on ${from}: the output`, zh: `在 ${from} 上执行 ${command}：输出` }
  if (check.output !== undefined) facts.push(...textFacts(name, stdout, await filledText(check.output, values)))
  const errors = { en: `${command} on ${from}: the errors`, zh: `在 ${from} 上执行 ${command}：错误输出` }
  if (check.errors !== undefined) facts.push(...textFacts(errors, stderr, await filledText(check.errors, values)))
  return { facts, explanation: [said(stdout), said(stderr)].filter((text) => text !== '').join('\n') }
}

const SHOWN_LINES = 20

/** The end of what a command printed. */
function said(text: string): string {
  const lines = text.trimEnd().split('\n')
  return (lines.length > SHOWN_LINES ? ['…', ...lines.slice(-SHOWN_LINES)] : lines).join('\n')
}

/** An expectation with its `${…}` filled in. */
export async function filledText(wanted: TextExpectation, values: Values): Promise<TextExpectation> {
  const all = (texts: readonly string[]): Promise<string[]> => Promise.all(texts.map((text) => values.fill(text)))
  return {
    ...(wanted.is === undefined ? {} : { is: await values.fill(wanted.is) }),
    ...(wanted.contains === undefined ? {} : { contains: await all(wanted.contains) }),
    ...(wanted.lacks === undefined ? {} : { lacks: await all(wanted.lacks) }),
    ...(wanted.matches === undefined ? {} : { matches: await values.fill(wanted.matches) }),
  }
}
