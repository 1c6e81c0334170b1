// `podwire fault` in a running cluster: what kubectl sees while the API server is down, and what is refused.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from './referees.ts'
import { UpProcess } from './up.ts'

describeWith(['kubectl'], 'podwire fault', () => {
  let up: UpProcess
  const fault = (...args: readonly string[]): ReturnType<UpProcess['podwire']> => up.podwire('fault', ...args)

  beforeAll(async () => {
    up = new UpProcess(['--nodes', '2', '--no-ingress', '--dns-port', '0'])
    await up.ready()
  }, 60_000)
  afterAll(async () => {
    await up.stop()
  })

  test('apiServerDown: kubectl is refused, and served again when it is over', async () => {
    expect(fault('apiServerDown', '--for', '2s').stdout).toBe('1  apiServerDown  kube-apiserver\n')
    await up.until(() => up.kubectl('get nodes').stderr.includes('was refused'))
    await up.until(() => up.kubectl('get nodes').status === 0)
    expect(fault('list').stdout).toBe('nothing is broken\n')
  })

  test('a fault is begun, listed and ended; what there is not is refused in one sentence', () => {
    expect(fault('partition', 'node-2', '*', '--one-way').stdout).toBe('2  partition  node-2 → *\n')
    expect(fault('end', '2').stdout).toBe('nothing is broken\n')
    const { status, stderr } = fault('nodeCrash', 'node-9')
    expect([status, stderr]).toEqual([
      2,
      'podwire: Failed to crash a node: there is no node "node-9". There are node-1, node-2.\n',
    ])
  })
})
