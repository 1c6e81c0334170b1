// The seed of a test's cluster: PODWIRE_SEED of the environment, which repeats a run; else the options'.

import { PodwireError } from '@podwire/engine'

export function seedOf(configured: number | undefined, environment: string | undefined): number {
  if (environment === undefined || environment === '') return configured ?? 1
  const seed = Number(environment)
  if (Number.isSafeInteger(seed) && environment.trim() !== '') return seed
  throw new PodwireError('read PODWIRE_SEED', `${JSON.stringify(environment)} is no seed`, 'Give a whole number.')
}
