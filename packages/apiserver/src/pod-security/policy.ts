// The policy of a namespace, read from its labels: which level is enforced and which is warned about, as of which version.
// Source: pod-security-admission api/helpers.go (PolicyToEvaluate).

import type { FieldError } from '../validation/field-error.ts'
import { invalid } from '../validation/field-errors.ts'

export type Level = 'privileged' | 'baseline' | 'restricted'

export interface PolicyLevel {
  readonly level: Level
  /** The minor version whose checks count; undefined: the newest. */
  readonly minor: number | undefined
}

export interface Policy {
  readonly enforce: PolicyLevel
  readonly warn: PolicyLevel
  /** Labels that say nothing known; the policy is the strict one where they stand. */
  readonly errors: readonly FieldError[]
}

type Labels = Readonly<Record<string, string>>

const PRIVILEGED: PolicyLevel = { level: 'privileged', minor: undefined }
const OPEN: Policy = { enforce: PRIVILEGED, warn: PRIVILEGED, errors: [] }
const PREFIX = 'pod-security.kubernetes.io/'
const LEVELS: readonly Level[] = ['privileged', 'baseline', 'restricted']

/** Negative when `a` is less strict than `b`. */
export function compareLevels(a: Level, b: Level): number {
  return LEVELS.indexOf(a) - LEVELS.indexOf(b)
}

/** `restricted:latest` */
export function levelText({ level, minor }: PolicyLevel): string {
  return `${level}:${minor === undefined ? 'latest' : `v1.${minor}`}`
}

class LabelReader {
  readonly errors: FieldError[] = []
  readonly #labels: Labels

  constructor(labels: Labels) {
    this.#labels = labels
  }

  /** undefined: the label is absent; `wrong`: it names no level. */
  level(mode: string): Level | 'wrong' | undefined {
    const text = this.#labels[`${PREFIX}${mode}`]
    if (text === undefined) return undefined
    const level = LEVELS.find((known) => known === text)
    if (level !== undefined) return level
    this.#refuse(mode, text, `must be one of ${LEVELS.join(', ')}`)
    return 'wrong'
  }

  minor(mode: string): number | undefined {
    const label = `${mode}-version`
    const text = this.#labels[`${PREFIX}${label}`]
    if (text === undefined || text === 'latest') return undefined
    const match = /^v1\.(\d|[1-9]\d*)$/.exec(text)
    if (match?.[1] !== undefined) return Number(match[1])
    this.#refuse(label, text, 'must be "latest" or "v1.x"')
    return undefined
  }

  says(label: string): boolean {
    return this.#labels[`${PREFIX}${label}`] !== undefined
  }

  #refuse(label: string, value: string, why: string): void {
    this.errors.push(invalid(`metadata.labels[${PREFIX}${label}]`, value, why))
  }
}

export function policyOf(labels: Labels | undefined): Policy {
  if (labels === undefined || !Object.keys(labels).some((name) => name.startsWith(PREFIX))) return OPEN
  const reader = new LabelReader(labels)
  const enforced = reader.level('enforce')
  const enforce: PolicyLevel = {
    level: enforced === 'wrong' ? 'restricted' : (enforced ?? 'privileged'),
    minor: reader.minor('enforce'),
  }
  // Audit goes nowhere here, but what it says must be right.
  reader.level('audit')
  reader.minor('audit')
  const warned = reader.level('warn')
  let warn: PolicyLevel = {
    level: warned === 'wrong' ? 'privileged' : (warned ?? 'privileged'),
    minor: reader.minor('warn'),
  }
  // Unless said otherwise, what is enforced is warned about too: controllers are told before their pods are refused.
  if (warned === undefined && enforced !== undefined && enforced !== 'wrong') {
    warn = { level: enforce.level, minor: reader.says('warn-version') ? warn.minor : enforce.minor }
  }
  return { enforce, warn, errors: reader.errors }
}
