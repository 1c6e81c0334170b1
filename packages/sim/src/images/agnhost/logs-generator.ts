// agnhost logs-generator: so many lines like an API server's, spread over a time. Source: kubernetes test/images/agnhost/logs-generator.

import { NAME_SUFFIX_ALPHABET } from '@podwire/engine'
import { flagValue } from '../flags.ts'
import type { ContainerContext, RunningProgram } from '../image.ts'
import { GO_SIGNALS, takesSignals } from '../program.ts'
import { goDuration, klogLine } from './go-text.ts'

const METHODS = ['GET', 'POST', 'PUT']
const NAMESPACES = ['kube-system', 'default', 'ns']

export function startLogsGenerator(context: ContainerContext): RunningProgram {
  const { engine, random, command } = context
  const total = Number(flagValue(command, 'log-lines-total') ?? flagValue(command, 't') ?? '0')
  const durationUs = goDuration(flagValue(command, 'run-duration') ?? flagValue(command, 'd') ?? '0') ?? 0
  const program = takesSignals(context, GO_SIGNALS)
  const problem =
    total <= 0 ? `Invalid total number of lines: ${total}` : durationUs <= 0 ? 'Invalid duration: 0s' : undefined
  if (problem !== undefined) {
    context.stderr(klogLine(engine.clock, 'logs_generator.go:64', problem).replace('I', 'F'))
    context.exit(255)
    return program
  }
  const letters = (length: number): string =>
    Array.from({ length }, () => NAME_SUFFIX_ALPHABET[random.integer(0, NAME_SUFFIX_ALPHABET.length - 1)]).join('')
  const line = (id: number): void => {
    if (id === total) return context.exit(0)
    const path = `/api/v1/namespaces/${random.pick(NAMESPACES)}/pods/${letters(random.integer(3, 4))}`
    const text = `${id} ${random.pick(METHODS)} ${path} ${random.integer(200, 599)}`
    context.stderr(klogLine(engine.clock, 'logs_generator.go:76', text))
    engine.schedule(durationUs / total, 'logs-generator', () => line(id + 1), 'background')
    return undefined
  }
  line(0)
  return program
}
