import { expect, test } from 'vitest'
import { webCluster } from '../faults/fault-world.suite.ts'
import { serveFault } from './fault.ts'

test('a running cluster is broken, asked what is broken, and repaired', async () => {
  await using cluster = await webCluster()
  const ask = (kind: string, args: string[] = [], options: object = {}): object =>
    serveFault(cluster, { kind, args, options })
  expect(ask('list')).toEqual({ faults: [] })
  expect(ask('partition', ['node-1,external', '*'], { oneWay: true })).toEqual({
    faults: [{ number: 1, kind: 'partition', target: 'node-1, external → *' }],
  })
  ask('packetLoss', ['0.5', 'default/client', '*'], { for: '10s' })
  ask('containerCrash', [`default/${cluster.pods({ app: 'web' })[0]?.name ?? ''}`], { signal: 'SIGKILL' })
  expect(ask('end', ['1'])).toMatchObject({ faults: [{ kind: 'packetLoss' }, { kind: 'containerCrash' }] })
  expect(ask('end', ['all'])).toEqual({ faults: [] })
})

const REFUSED: readonly [string, string[], object, string][] = [
  [
    'nodecrash',
    [],
    {},
    'Failed to begin a fault: there is none called "nodecrash". Did you mean nodeCrash? There are nodeCrash, nodeFreeze,',
  ],
  ['toString', [], {}, 'there is none called "toString"'],
  ['nodeCrash', [], {}, 'Failed to begin nodeCrash: it has no arguments. Say nodeCrash NODE.'],
  [
    'watchDelay',
    ['kubelet'],
    {},
    'Failed to begin watchDelay: it has the arguments kubelet. Say watchDelay COMPONENT DURATION.',
  ],
  ['nodeCrash', ['node-2'], { oneWay: true }, 'Failed to begin nodeCrash: it has no option oneWay. It takes for.'],
  ['packetLoss', ['much', 'node-1', '*'], {}, 'Failed to lose packets: the rate is "much". Give a number above 0'],
  ['nodeCrsh', ['node-1'], {}, 'Did you mean nodeCrash?'],
  ['apiServerDown', [], {}, 'this command reaches the cluster by the API server. Add --for 30s.'],
  ['nodeCrash', ['node-1'], {}, 'this command reaches the cluster by the API server. Add --for 30s.'],
  ['end', ['7'], {}, 'Failed to find a fault: none under way has the number 7. There are none.'],
]

test('what there is not, and arguments it does not take, are refused by name', async () => {
  await using cluster = await webCluster()
  for (const [kind, args, options, message] of REFUSED)
    expect(() => serveFault(cluster, { kind, args, options })).toThrow(message)
  expect(serveFault(cluster, { kind: 'nodeCrash' })).toEqual({ error: 'the request names no fault' })
  expect(cluster.faults.active).toEqual([])
})
