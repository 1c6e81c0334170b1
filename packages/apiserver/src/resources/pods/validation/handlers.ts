// What probes and lifecycle hooks do. Source: kubernetes core/validation (validateHandler, validateSleepAction).

import type { LifecycleHandler, Probe } from '../../../objects/index.ts'
import type { FieldError } from '../../../validation/field-error.ts'
import { forbiddenField, invalid, notSupported, pushProblems, required } from '../../../validation/field-errors.ts'
import { httpHeaderName, portName, portNumber } from '../../../validation/names.ts'

type Handler = Pick<Probe, 'exec' | 'grpc' | 'httpGet' | 'tcpSocket'> & Pick<LifecycleHandler, 'sleep'>

const KINDS = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const
const SCHEMES = ['HTTP', 'HTTPS']

/** Exactly one way to act or ask. */
export function validateHandler(handler: Handler, grace: number | undefined, path: string, errors: FieldError[]): void {
  let count = 0
  for (const kind of KINDS) {
    if (handler[kind] === undefined) continue
    if (count++ > 0) errors.push(forbiddenField(`${path}.${kind}`, 'may not specify more than 1 handler type'))
    else validateHandlerOf(kind, handler, grace, `${path}.${kind}`, errors)
  }
  if (count === 0) errors.push(required(path, 'must specify a handler type'))
}

function validateHandlerOf(
  kind: (typeof KINDS)[number],
  { exec, httpGet, tcpSocket, grpc, sleep }: Handler,
  grace: number | undefined,
  path: string,
  errors: FieldError[],
): void {
  if (kind === 'exec') {
    if ((exec?.command ?? []).length === 0) errors.push(required(`${path}.command`))
  } else if (kind === 'httpGet') validateHttpGet(httpGet ?? {}, path, errors)
  else if (kind === 'tcpSocket') validatePort(tcpSocket?.port, `${path}.port`, errors)
  else if (kind === 'grpc') validatePort(grpc?.port, `${path}.port`, errors)
  else validateSleep(sleep?.seconds ?? 0, grace, path, errors)
}

function validateHttpGet(
  { path: target = '', port, scheme = '', httpHeaders = [] }: Partial<NonNullable<Handler['httpGet']>>,
  path: string,
  errors: FieldError[],
): void {
  if (target === '') errors.push(required(`${path}.path`))
  validatePort(port, `${path}.port`, errors)
  if (!SCHEMES.includes(scheme)) errors.push(notSupported(`${path}.scheme`, scheme, SCHEMES))
  for (const { name = '' } of httpHeaders) pushProblems(httpHeaderName(name), `${path}.httpHeaders`, name, errors)
}

/** A hook that only waits must end before the pod is killed. */
function validateSleep(seconds: number, grace: number | undefined, path: string, errors: FieldError[]): void {
  if (grace === undefined || (seconds >= 0 && seconds <= grace)) return
  errors.push(invalid(path, seconds, `must be non-negative and less than terminationGracePeriodSeconds (${grace})`))
}

/** A number or the name of a container's port. */
export function validatePort(port: number | string | undefined, path: string, errors: FieldError[]): void {
  pushProblems(typeof port === 'string' ? portName(port) : portNumber(port ?? 0), path, port ?? 0, errors)
}
