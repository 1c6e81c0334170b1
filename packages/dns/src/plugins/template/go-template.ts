// The part of Go's text/template that Corefiles use: `{{ .Name }}`, `{{ .Group.a }}`, `{{ index .Match 1 }}`. Functions,
// conditions and loops are refused by name when the Corefile is read.

import { notSimulated } from '../../corefile/index.ts'

export interface TemplateData {
  readonly fields: ReadonlyMap<string, string>
  readonly match: readonly string[]
  readonly groups: ReadonlyMap<string, string>
}

/** Undefined: a field or group that is not there. */
export type Template = (data: TemplateData) => string | undefined

type Part = (data: TemplateData) => string | undefined

const FIELDS: ReadonlySet<string> = new Set(['Zone', 'Name', 'Class', 'Type', 'Remote', 'Question.Name', 'Message.Id'])

export function compileTemplate(text: string): Template {
  const parts: Part[] = []
  let end = 0
  for (const match of text.matchAll(/\{\{-?\s*(.*?)\s*-?\}\}/g)) {
    const before = text.slice(end, match.index)
    parts.push(() => before, actionOf(match[1] ?? ''))
    end = match.index + match[0].length
  }
  const rest = text.slice(end)
  return (data) => {
    let result = ''
    for (const part of parts) {
      const value = part(data)
      if (value === undefined) return undefined
      result += value
    }
    return result + rest
  }
}

function actionOf(action: string): Part {
  const index = /^index \.Match (\d+)$/.exec(action)?.[1]
  if (index !== undefined) return ({ match }) => match[Number(index)]
  const named = /^index \.Group "(\w+)"$/.exec(action)?.[1] ?? /^\.Group\.(\w+)$/.exec(action)?.[1]
  if (named !== undefined) return ({ groups }) => groups.get(named) ?? '<no value>'
  const field = /^\.([\w.]+)$/.exec(action)?.[1]
  if (field !== undefined && FIELDS.has(field)) return ({ fields }) => fields.get(field)
  throw notSimulated(`{{${action}}} in a template`)
}
