// A cluster's inputs on the way to their file: what options and calls hold that is no data is named or refused. load-cluster.ts is the
// way back.

import type { ClusterOptions } from '../sdk/options.ts'
import type { Input, Moment } from './journal.ts'
import { describeInput } from './replay.ts'
import { type SavedInput, writeSaveFile } from './save-file.ts'
import { targetToJson, toJson } from './saved-data.ts'
import type { Target } from './target.ts'

/** Options that do not change the run, or cannot be written down. */
const LEFT_OUT: ReadonlySet<string> = new Set<keyof ClusterOptions>(['images', 'guard', 'invariants'])

export async function saveCluster(
  path: string,
  {
    options,
    inputs,
    moment,
  }: { readonly options: ClusterOptions; readonly inputs: readonly Input[]; readonly moment: Moment },
): Promise<void> {
  const data = Object.fromEntries(Object.entries(options).filter(([key]) => !LEFT_OUT.has(key)))
  const registered = inputs.flatMap((input) => registeredImage(input) ?? [])
  const images = [...new Set([...(options.images ?? []).map(({ name }) => name), ...registered])]
  await writeSaveFile(path, {
    options: toJson(data, 'options') as ClusterOptions,
    images,
    inputs: inputs.map(toSaved),
    moment,
  })
}

function toSaved(input: Input): SavedInput {
  const { on, call, args, moment, whileMoving, untilUs } = input
  const where = describeInput(input)
  const common = { moment, whileMoving, ...(untilUs === undefined ? {} : { untilUs }) }
  const image = registeredImage(input)
  if (image !== undefined)
    return { ...common, on: targetToJson(on, where), call: 'register', args: [{ $image: image }] }
  return {
    ...common,
    on: targetToJson(on, where),
    call,
    args: args.map((arg, index) => toJson(arg, `${where}, argument ${index + 1},`)),
  }
}

/** The name of the image that an input registers. */
function registeredImage({ on, call, args }: Input): string | undefined {
  if (!isRegistry(on) || !call.startsWith('register')) return undefined
  const [first] = args
  return typeof first === 'string' ? first : String(Reflect.get(Object(first), 'name'))
}

function isRegistry(on: Target): boolean {
  return on.by === 'property' && on.name === 'images'
}
