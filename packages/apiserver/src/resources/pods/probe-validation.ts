// Validation of probes and lifecycle hooks. Source: kubernetes core/validation (validateProbe, validateHandler).

import type { Container, LifecycleHandler, Probe } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { forbiddenField, invalid, notSupported, required } from '../../validation/field-errors.ts'
import { portName, portNumber } from '../../validation/names.ts'

const SCHEMES = ['HTTP', 'HTTPS']
const NUMBERS = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
] as const

export function validateContainerProbes(container: Container, path: string, errors: FieldError[]): void {
  const { livenessProbe, readinessProbe, startupProbe } = container
  if (livenessProbe !== undefined) {
    validateProbe(livenessProbe, `${path}.livenessProbe`, errors)
    validateSingleSuccess(livenessProbe, `${path}.livenessProbe`, errors)
  }
  if (readinessProbe !== undefined) {
    validateProbe(readinessProbe, `${path}.readinessProbe`, errors)
    if (readinessProbe.terminationGracePeriodSeconds !== undefined) {
      const value = readinessProbe.terminationGracePeriodSeconds
      errors.push(
        invalid(`${path}.readinessProbe.terminationGracePeriodSeconds`, value, 'must not be set for readinessProbes'),
      )
    }
  }
  if (startupProbe !== undefined) {
    validateProbe(startupProbe, `${path}.startupProbe`, errors)
    validateSingleSuccess(startupProbe, `${path}.startupProbe`, errors)
  }
}

function validateProbe(probe: Probe, path: string, errors: FieldError[]): void {
  validateHandler(probe, path, errors)
  for (const field of NUMBERS) {
    const value = probe[field] ?? 0
    if (value < 0) errors.push(invalid(`${path}.${field}`, value, 'must be greater than or equal to 0'))
  }
  const { terminationGracePeriodSeconds: grace } = probe
  if (grace !== undefined && grace <= 0) {
    errors.push(invalid(`${path}.terminationGracePeriodSeconds`, grace, 'must be greater than 0'))
  }
}

function validateSingleSuccess(probe: Probe, path: string, errors: FieldError[]): void {
  if (probe.successThreshold !== 1)
    errors.push(invalid(`${path}.successThreshold`, probe.successThreshold ?? 0, 'must be 1'))
}

type Handler = LifecycleHandler & Pick<Probe, 'grpc'>

const HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const

/** Exactly one way to act or ask. */
export function validateHandler(handler: Handler, path: string, errors: FieldError[]): void {
  let count = 0
  for (const type of HANDLERS) {
    if (handler[type] === undefined) continue
    if (count++ > 0) {
      errors.push(forbiddenField(`${path}.${type}`, 'may not specify more than 1 handler type'))
      continue
    }
    validateHandlerOf(type, handler, `${path}.${type}`, errors)
  }
  if (count === 0) errors.push(required(path, 'must specify a handler type'))
}

function validateHandlerOf(
  type: (typeof HANDLERS)[number],
  { exec, httpGet, tcpSocket, grpc }: Handler,
  path: string,
  errors: FieldError[],
): void {
  if (type === 'exec' && (exec?.command ?? []).length === 0) errors.push(required(`${path}.command`))
  if (type === 'httpGet' && httpGet !== undefined) {
    if ((httpGet.path ?? '') === '') errors.push(required(`${path}.path`))
    validatePort(httpGet.port, `${path}.port`, errors)
    const { scheme = '' } = httpGet
    if (!SCHEMES.includes(scheme)) errors.push(notSupported(`${path}.scheme`, scheme, SCHEMES))
    for (const header of httpGet.httpHeaders ?? []) {
      if (/^[-A-Za-z0-9]+$/.test(header.name)) continue
      errors.push(invalid(`${path}.httpHeaders`, header.name, HEADER_TEXT))
    }
  }
  if (type === 'tcpSocket') validatePort(tcpSocket?.port, `${path}.port`, errors)
  if (type === 'grpc') validatePort(grpc?.port, `${path}.port`, errors)
}

/** A hook that only waits must end before the pod is killed. */
export function validateSleep(
  handler: LifecycleHandler | undefined,
  grace: number,
  path: string,
  errors: FieldError[],
): void {
  const seconds = handler?.sleep?.seconds
  if (seconds === undefined || (seconds >= 0 && seconds <= grace)) return
  const text = `must be non-negative and less than terminationGracePeriodSeconds (${grace})`
  errors.push(invalid(`${path}.sleep`, seconds, text))
}

const HEADER_TEXT =
  "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is " +
  "'[-A-Za-z0-9]+')"

export function validatePort(port: number | string | undefined, path: string, errors: FieldError[]): void {
  const problems = typeof port === 'string' ? portName(port) : portNumber(port ?? 0)
  for (const problem of problems) errors.push(invalid(path, port ?? 0, problem))
}
