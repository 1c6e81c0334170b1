// Probes, lifecycle hooks and stop signals of a container. Source: kubernetes core/validation (validateProbe, validateLifecycle,
// validateStopSignal). Stop signals are dropped before they get here: their gate is off in 1.36.

import type { Container, Lifecycle, Probe } from '../../../objects/index.ts'
import type { FieldError } from '../../../validation/field-error.ts'
import { invalid } from '../../../validation/field-errors.ts'
import { validateHandler } from './handlers.ts'

const NUMBERS = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
] as const

export function validateProbes(
  { livenessProbe, readinessProbe, startupProbe }: Container,
  grace: number | undefined,
  path: string,
  errors: FieldError[],
): void {
  if (livenessProbe !== undefined) validateOnceProbe(livenessProbe, grace, `${path}.livenessProbe`, errors)
  if (readinessProbe !== undefined) validateReadiness(readinessProbe, grace, `${path}.readinessProbe`, errors)
  if (startupProbe !== undefined) validateOnceProbe(startupProbe, grace, `${path}.startupProbe`, errors)
}

function validateProbe(probe: Probe, grace: number | undefined, path: string, errors: FieldError[]): void {
  validateHandler(probe, grace, path, errors)
  for (const field of NUMBERS) {
    const value = probe[field] ?? 0
    if (value < 0) errors.push(invalid(`${path}.${field}`, value, 'must be greater than or equal to 0'))
  }
  const own = probe.terminationGracePeriodSeconds
  if (own !== undefined && own <= 0) {
    errors.push(invalid(`${path}.terminationGracePeriodSeconds`, own, 'must be greater than 0'))
  }
}

/** One success decides. */
function validateOnceProbe(probe: Probe, grace: number | undefined, path: string, errors: FieldError[]): void {
  validateProbe(probe, grace, path, errors)
  const { successThreshold = 0 } = probe
  if (successThreshold !== 1) errors.push(invalid(`${path}.successThreshold`, successThreshold, 'must be 1'))
}

function validateReadiness(probe: Probe, grace: number | undefined, path: string, errors: FieldError[]): void {
  validateProbe(probe, grace, path, errors)
  const own = probe.terminationGracePeriodSeconds
  if (own === undefined) return
  errors.push(invalid(`${path}.terminationGracePeriodSeconds`, own, 'must not be set for readinessProbes'))
}

export function validateLifecycle(
  { postStart, preStop }: Lifecycle,
  grace: number | undefined,
  path: string,
  errors: FieldError[],
): void {
  if (postStart !== undefined) validateHandler(postStart, grace, `${path}.postStart`, errors)
  if (preStop !== undefined) validateHandler(preStop, grace, `${path}.preStop`, errors)
}
