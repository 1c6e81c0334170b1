import { expect, test } from 'vitest'
import { ChosenControllers } from './controller-names.ts'

const KNOWN = ['deployment-controller', 'job-controller', 'pod-garbage-collector-controller', 'endpoints-controller']

function chosen(list: string): readonly string[] {
  const controllers = new ChosenControllers(list === '' ? [] : list.split(','), KNOWN)
  return [...KNOWN, 'scheduler'].filter((name) => controllers.has(name))
}

test.each([
  ['*', [...KNOWN, 'scheduler']],
  ['', []],
  ['deployment-controller', ['deployment-controller']],
  ['deployment, job ', ['deployment-controller', 'job-controller']],
  ['podgc,endpoint', ['pod-garbage-collector-controller', 'endpoints-controller']],
  ['scheduler', ['scheduler']],
  ['*,-job,-scheduler', KNOWN.filter((name) => name !== 'job-controller')],
  ['-job-controller,*,job', [KNOWN[0], KNOWN[2], KNOWN[3], 'scheduler']],
  ['job,-job', ['job-controller']],
  ['*,-persistentvolume-binder-controller,-tokencleaner', [...KNOWN, 'scheduler']],
  ['-job', []],
])('%s', (list, names) => expect(chosen(list)).toEqual(names))

test.each([
  ['pv-protection', 'persistentvolume-protection-controller'],
  ['pvc-protection', 'persistentvolumeclaim-protection-controller'],
])('%s is the old name of %s', (alias, name) => {
  expect(new ChosenControllers([alias], [name]).has(name)).toBe(true)
})

test.each(['', 'deployment', '*', '*,-serviceaccount-token'])('the token controller runs with %j', (list) => {
  const token = 'serviceaccount-token-controller'
  expect(new ChosenControllers(list.split(',').filter(Boolean), [...KNOWN, token]).has(token)).toBe(true)
})

test.each([
  ['nonsense', '"nonsense" is not in the list of known controllers'],
  ['-nonsense', '"nonsense" is not in the list of known controllers'],
  ['*,bootstrapsigner', 'podwire does not simulate bootstrapsigner'],
  ['persistentvolume-binder', 'podwire does not simulate persistentvolume-binder'],
  ['-', '"" is not in the list of known controllers'],
])('%s is refused with the names there are', (list, why) => {
  expect(() => chosen(list)).toThrow(why)
  expect(() => chosen(list)).toThrow(`Known are ${KNOWN.join(', ')}, scheduler;`)
})
