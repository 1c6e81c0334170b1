// Shapes of what images of one's own are made of.

import type { UserImageOptions } from '../images/user-images.ts'
import { options } from './options.ts'
import { aFunction, atLeast0, either, flag, having, name, oneOf, text, value, wholeNumber } from './shape.ts'
import { needs, type Signature } from './signature.ts'

const aMap = value('a Map', (given) => given instanceof Map)
const aSet = value('a Set', (given) => given instanceof Set)

const USER_IMAGE_OPTIONS = options<UserImageOptions>(
  {
    port: wholeNumber(1, 65_535),
    libc: oneOf('glibc', 'musl'),
    startupMs: atLeast0,
    onStop: either(oneOf('die', 'ignore'), atLeast0),
    files: aMap,
    environment: aMap,
    user: wholeNumber(0),
    commands: aMap,
    tools: aSet,
    workingDirectory: text,
    distroless: flag,
  },
  'port',
)

const OPTIONS = needs('', USER_IMAGE_OPTIONS)
const fastifyLike = having('a fastify instance', 'ready', 'routing')

export const FETCH_IMAGE: Signature = [needs('name', name), needs('program', aFunction), OPTIONS]
export const LISTENER_IMAGE: Signature = [
  needs('name', name),
  needs('program', either(aFunction, fastifyLike)),
  OPTIONS,
]
export const SOCKET_IMAGE: Signature = [...FETCH_IMAGE]
export const GRPC_IMAGE: Signature = [...FETCH_IMAGE]
export const FIND_IMAGE: Signature = [needs('reference', name)]
