// A check that looks at objects: is it there, how many are there, what do its fields say.

import type { KubeObject } from '@podwire/apiserver'
import type { Cluster } from '../sdk/cluster.ts'
import { alike, type Bilingual } from './bilingual.ts'
import type { FieldExpectation, GetCheck } from './check-schema.ts'
import { amountText, fact, shown, withinAmount, type Fact } from './expectation.ts'
import { parseReference } from './object-reference.ts'
import { textOf, valuesAt, type Values } from './values.ts'

export async function runGetCheck(cluster: Cluster, check: GetCheck, values: Values): Promise<readonly Fact[]> {
  const { server } = cluster.composition
  const what = await values.fill(check.get)
  const { type, namespace, name } = parseReference(server, what)
  const found =
    name === undefined
      ? server.client
          .list(type, {
            namespace,
            ...(check.labels === undefined ? {} : { labelSelector: await values.fill(check.labels) }),
          })
          .items.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      : [server.client.find(type, { namespace, name })].filter((object) => object !== undefined)
  const shown = check.labels === undefined ? what : `${what} -l ${check.labels}`
  if (check.absent === true) {
    return [
      fact(
        found.length === 0,
        found.length === 0 ? `there is no ${shown}` : `${shown} is still there`,
        found.length === 0 ? `没有 ${shown}` : `${shown} 还在`,
      ),
    ]
  }
  const fields = await Promise.all((check.fields ?? []).map((field) => filled(field, values)))
  if (check.count !== undefined) return [countFact(found, fields, check.count, shown)]
  if (found.length === 0) return [fact(false, `there is no ${shown}`, `没有 ${shown}`)]
  if (fields.length === 0) return [fact(true, `${shown} is there`, `${shown} 存在`)]
  return found.flatMap((object) =>
    fields.map((field) => fieldFact(name === undefined ? `${what}/${object.metadata.name}` : what, object, field)),
  )
}

async function filled(field: FieldExpectation, values: Values): Promise<FieldExpectation> {
  const fill = async (value: string | number | boolean): Promise<string | number | boolean> =>
    typeof value === 'string' ? values.fill(value) : value
  return {
    ...field,
    ...(field.is === undefined ? {} : { is: await fill(field.is) }),
    ...(field.oneOf === undefined ? {} : { oneOf: await Promise.all(field.oneOf.map(fill)) }),
    ...(field.matches === undefined ? {} : { matches: await values.fill(field.matches) }),
  }
}

function countFact(
  found: readonly KubeObject[],
  fields: readonly FieldExpectation[],
  wanted: NonNullable<GetCheck['count']>,
  what: string,
): Fact {
  const fitting = found.filter((object) => fields.every((field) => fits(object, field)))
  const { length } = fitting
  const ok = withinAmount(length, wanted)
  const texts = fields.map(fieldText)
  const like = fields.length === 0 ? '' : ` with ${texts.join(' and ')}`
  const likeZh = fields.length === 0 ? '' : `（${texts.join('，')}）`
  const amount = amountText(wanted)
  return fact(
    ok,
    ok ? `${what}${like}: ${length}` : `${what}${like}: there should be ${amount.en}, there are ${length}`,
    ok ? `${what}${likeZh}：${length} 个` : `${what}${likeZh}：应有${amount.zh} 个，实际有 ${length} 个`,
  )
}

/** The field as an expression: `.status.phase=Running`. */
function fieldText({ path, is, oneOf, matches, absent }: FieldExpectation): string {
  if (is !== undefined) return `${path}=${String(is)}`
  if (oneOf !== undefined) return `${path}=${oneOf.join('|')}`
  if (matches !== undefined) return `${path}~/${matches}/`
  return absent === true ? `!${path}` : path
}

function fits(object: KubeObject, field: FieldExpectation): boolean {
  const found = valuesAt(object, field.path)
  if (field.absent === true) return found.length === 0
  if (field.count !== undefined && !withinAmount(found.length, field.count)) return false
  const { is, oneOf, matches } = field
  if (is === undefined && oneOf === undefined && matches === undefined) return true
  return (
    found.length > 0 &&
    found.every((value) => {
      const text = textOf(value)
      return (
        (is === undefined || text === String(is)) &&
        (oneOf === undefined || oneOf.some((one) => text === String(one))) &&
        (matches === undefined || new RegExp(matches, 'm').test(text))
      )
    })
  )
}

function fieldFact(name: string, object: KubeObject, field: FieldExpectation): Fact {
  const found = valuesAt(object, field.path)
  const { en, zh } = found.length === 0 ? NOT_SET : said(found.map(textOf).join(', '))
  if (fits(object, field)) return fact(true, `${name} ${field.path} ${en}`, `${name} ${field.path} ${zh}`)
  const wanted = wantedText(field)
  return fact(
    false,
    `${name} ${field.path} ${en}, it should ${wanted.en}`,
    `${name} ${field.path} ${zh}，应${wanted.zh}`,
  )
}

const NOT_SET: Bilingual = { en: 'is not set', zh: '未设置' }

/** Names and numbers stand as they are; longer texts do not fill the screen. */
function said(value: string): Bilingual {
  const brief = /^[^\n]{1,120}$/.test(value) ? alike(value) : shown(value)
  return { en: `is ${brief.en}`, zh: `是 ${brief.zh}` }
}

function wantedText({ is, oneOf, matches, count, absent }: FieldExpectation): { en: string; zh: string } {
  if (is !== undefined) return { en: `be ${String(is)}`, zh: `为 ${String(is)}` }
  if (oneOf !== undefined) return { en: `be one of ${oneOf.join(', ')}`, zh: `为 ${oneOf.join('、')} 之一` }
  if (matches !== undefined) return { en: `match /${matches}/`, zh: `匹配 /${matches}/` }
  if (absent === true) return { en: 'not be there', zh: '不存在' }
  const amount = amountText(count ?? { min: 1 })
  return { en: `have ${amount.en} values`, zh: `有${amount.zh} 个值` }
}
