import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { shippedFolder } from '../document/shipped-folder.ts'
import { createCluster, type Cluster } from '../sdk/cluster.ts'
import { checkSteps } from './check-steps.ts'
import { readScenario } from './read-scenario.ts'
import { junitReport } from './report-junit.ts'
import { textReport } from './report-text.ts'
import { runScript } from './run-script.ts'
import { runYamlScenario } from './run-steps.ts'
import type { ScenarioReport } from './scenario-report.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'podwire-scenario-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

async function refusal(run: Promise<unknown>): Promise<string> {
  try {
    await run
    return 'it ran'
  } catch (error) {
    return error instanceof Error ? error.message.replaceAll(`${folder}/`, '') : String(error)
  }
}

const SMALL = 'scenario: a test\ncluster: { nodes: 1, ingress: false, seed: 5 }\n'

describe('a scenario that cannot be used says where and why', () => {
  test.each([
    { name: 'no steps', text: 'scenario: x\nsteps: []\n', says: 's.yaml:2:8: steps: a scenario has at least one step' },
    {
      name: 'a step of no kind',
      text: 'scenario: x\nsteps:\n  - settle: true\n  - wait: 5s\n',
      says: 's.yaml:4:5: steps[1]: a step has one of the keys apply, delete, exec, expect, advance, settle, load, endLoad, fault, endFault',
    },
    {
      name: 'a duration that is none',
      text: 'scenario: x\nsteps:\n  - advance: 5 minutes\n',
      says: 's.yaml:3:14: steps[0].advance: write a duration like 30s, 1m30s or 250ms',
    },
    {
      name: 'an expectation of no kind',
      text: 'scenario: x\nsteps:\n  - expect:\n      fetc: http://web/\n',
      says: 's.yaml:4:7: steps[0].expect: an expectation has one of the keys get, fetch, resolve, run, endpoints; did you mean fetch in place of fetc?',
    },
    {
      name: 'a field of another kind of step',
      text: 'scenario: x\nsteps:\n  - settle: true\n    within: 3s\n',
      says: 's.yaml:4:5: steps[0]: there is no field "within" here',
    },
    {
      name: 'no title',
      text: 'steps:\n  - settle: true\n',
      says: 's.yaml:1:1: scenario: this field is missing (write what it shows, in a few words)',
    },
    {
      name: 'a version that is read as a number',
      text: 'scenario: x\ncluster: { kubernetesVersion: 1.30 }\nsteps: [{ settle: true }]\n',
      says: 's.yaml:2:31: cluster.kubernetesVersion: write it in quotes, like "1.18"',
    },
    {
      name: 'a word that is none',
      text: 'scenario: x\ncluster: { proxyMode: ipv }\nsteps: [{ settle: true }]\n',
      says: 's.yaml:2:23: cluster.proxyMode: write one of iptables, ipvs, nftables, userspace (did you mean ipvs?)',
    },
    {
      name: 'an Ingress controller that is none',
      text: 'scenario: x\ncluster: { ingress: [traefic] }\nsteps: [{ settle: true }]\n',
      says: 's.yaml:2:21: cluster.ingress: write true, false, or a list of nginx, traefik, haproxy',
    },
    {
      name: 'a text in place of a number',
      text: 'scenario: x\nsteps: [{ load: http://web/, from: external, rate: fast }]\n',
      says: 's.yaml:2:52: steps[0].rate: write a number',
    },
    {
      name: 'a key twice',
      text: 'scenario: x\nscenario: y\nsteps: [{ settle: true }]\n',
      says: 's.yaml:2:1: this key stands here for the second time: keep one of them',
    },
    {
      name: 'two documents',
      text: 'scenario: x\nsteps: [{ settle: true }]\n---\nscenario: y\n',
      says: 's.yaml:3:1: a second document begins here (---): write each scenario to a file of its own',
    },
    {
      name: 'manifests',
      text: 'apiVersion: v1\nkind: Pod\n---\napiVersion: v1\nkind: Service\n',
      says: 's.yaml:3:1: a scenario is one document; these are manifests, which a scenario applies by their path',
    },
    {
      name: 'a tab',
      text: 'scenario: x\nsteps:\n\t- settle: true\n',
      says: 's.yaml:3:1: a tab cannot indent: write spaces',
    },
    {
      name: 'two kinds in one step',
      text: 'scenario: x\nsteps:\n  - settle: true\n    advance: 3s\n',
      says: 's.yaml:3:5: steps[0]: a step has one kind, and this has advance and settle: write two',
    },
    {
      name: 'labels as a mapping',
      text: 'scenario: x\nsteps: [{ expect: { get: pods/default, labels: { app: web } } }]\n',
      says: 's.yaml:2:48: steps[0].expect.labels: write labels like app=web,tier=db',
    },
    {
      name: 'a place in the plural',
      text: 'scenario: x\ncluster: { nodes: 1, ingress: false }\nsteps: [{ exec: ls, on: nodes/node-1 }]\n',
      says: 's.yaml:3:25: steps[0].on: this is no place; did you mean node/node-1?',
    },
    {
      name: 'an alias without its anchor',
      text: 'scenario: x\nsteps:\n  - settle: *all\n',
      says: 's.yaml:3:13: no anchor &all stands before this alias: write one, or *all in quotes',
    },
    {
      name: 'an alias in itself',
      text: 'scenario: x\nsteps: &s\n  - apply: *s\n',
      says: 's.yaml:3:12: this alias stands in what &s names: it would have no end',
    },
    {
      name: 'aliases that multiply',
      text: `a: &a [${'x,'.repeat(20)}]\nb: &b [${'*a,'.repeat(99)}]\nsteps: [${'*b,'.repeat(120)}]\n`,
      says: 's.yaml:1:1: its aliases (*…) repeat each other too often: write less of it with them',
    },
    {
      name: 'an alias of the wrong kind',
      text: 'scenario: x\nsteps:\n  - settle: true\n    title: &t x\n  - { advance: *t }\n',
      says: 's.yaml:5:16: steps[1].advance: write a duration like 30s, 1m30s or 250ms',
    },
    {
      name: 'a field missing in what is merged',
      text: 'scenario: x\nsteps:\n  - &s { exec: ls, on: external }\n  - { <<: *s, ext: 1 }\n',
      says: 's.yaml:4:15: steps[1]: there is no field "ext" here; did you mean exit?',
    },
    {
      name: 'a tag',
      text: 'scenario: x\nsteps:\n  - exec: !!js/function ls\n    on: external\n',
      says: 's.yaml:3:11: this tag (!…) means nothing here: leave it out',
    },
    {
      name: 'a colon in a text',
      text: 'scenario: a: b\nsteps: [{ settle: true }]\n',
      says: 's.yaml:1:11: a colon and a blank begin a value here: put the text in quotes, or indent what follows',
    },
    {
      name: 'a blank title',
      text: 'scenario: "  "\nsteps: [{ settle: true }]\n',
      says: 's.yaml:1:11: scenario: this text is empty',
    },
    {
      name: 'settle: yes',
      text: 'scenario: x\nsteps: [{ settle: yes }]\n',
      says: 's.yaml:2:19: steps[0].settle: write true, or the most virtual time it may take, like 10m',
    },
    {
      name: 'no nodes',
      text: 'scenario: x\ncluster: { nodes: 0 }\nsteps: [{ settle: true }]\n',
      says: 's.yaml:2:19: cluster.nodes: write a whole number from 1 to 5000',
    },
    {
      name: 'a range of addresses that is none',
      text: 'scenario: x\ncluster: { nodes: 1, ingress: false, serviceCidr: 10.96.0.0/33 }\nsteps: [{ settle: true }]\n',
      says: "s.yaml:2:51: cluster.serviceCidr: 10.96.0.0/33 is no CIDR. Write e.g. '10.96.0.0/16', or '10.96.0.0/16,fd00:10:96::/112' for both families.",
    },
    {
      name: 'a range of ports that is none',
      text: 'scenario: x\ncluster: { nodes: 1, ingress: false, serviceNodePortRange: 5-1 }\nsteps: [{ settle: true }]\n',
      says: 's.yaml:2:60: cluster.serviceNodePortRange: 5-1 is no range of ports. Try 30000-32767.',
    },
    {
      name: 'a fault called all',
      text: 'scenario: x\nsteps: [{ fault: apiServerDown, as: all }]\n',
      says: 's.yaml:2:37: steps[0].as: endFault: all ends every fault: choose another name',
    },
    {
      name: 'an answer of a request that fails',
      text: 'scenario: x\nsteps: [{ expect: { fetch: "http://web/", from: external, fails: refused, status: 200 } }]\n',
      says: 's.yaml:2:83: steps[0].expect.status: a request that fails has no answer: leave out status, or fails',
    },
    {
      name: 'a value of what is absent',
      text: 'scenario: x\nsteps: [{ expect: { get: svc/default/web, fields: [{ path: .spec, absent: true, is: 3 }] } }]\n',
      says: 's.yaml:2:85: steps[0].expect.fields[0].is: what is absent has no value: leave out is, or absent',
    },
    {
      name: 'less than nothing between two numbers',
      text: 'scenario: x\nsteps: [{ expect: { endpoints: default/web, ready: { min: 5, max: 1 } } }]\n',
      says: 's.yaml:2:52: steps[0].expect.ready: max is less than min: no number is between them',
    },
    {
      name: 'a JSONPath that is none',
      text: 'scenario: x\nsteps: [{ expect: { get: node/node-1, fields: [{ path: "spec[", is: 1 }] } }]\n',
      says: 's.yaml:2:56: steps[0].expect.fields[0].path: this is no JSONPath: write one like .spec.ports[0].nodePort',
    },
    {
      name: 'an object with too many names',
      text: 'scenario: x\nsteps: [{ expect: { get: svc/default/web/80 } }]\n',
      says: 's.yaml:2:26: steps[0].expect.get: write RESOURCE/NAMESPACE/NAME, or RESOURCE/NAMESPACE for all of them',
    },
    {
      name: 'a way to fail that is none',
      text: 'scenario: x\nsteps: [{ expect: { fetch: "http://web/", from: external, fails: refuse } }]\n',
      says: 's.yaml:2:66: steps[0].expect.fails: write one of refused, timeout, reset, unreachable, name-not-found, no-answer (did you mean refused?)',
    },
  ])('$name', async ({ text, says }) => {
    const message = await refusal(runYamlScenario(file('s.yaml', text)))
    expect(message).toBe(`Failed to read the scenario: there is a fault in it.\n  ${says}`)
  })

  test('a step whose name does not resolve fails, with its line', async () => {
    const text =
      'scenario: x\ncluster: { nodes: 1, ingress: false }\nsteps:\n  - load: http://nobody/\n    from: external\n'
    const { steps } = await runYamlScenario(file('load.yaml', text))
    expect(steps.map(({ at, failure }) => `${at}: ${failure}`)).toEqual([
      expect.stringMatching(
        /load\.yaml:4: Failed to fetch http:\/\/nobody\/ from external: could not resolve host nobody\.$/,
      ),
    ])
  })

  test('a cluster with several Ingress controllers, of both families', async () => {
    const ranges = "podNetworkCidr: '10.244.0.0/16,fd00:10:244::/56', serviceCidr: '10.96.0.0/16,fd00:10:96::/112'"
    const text = `scenario: x
cluster: { nodes: 1, ingress: [traefik], ${ranges} }
steps:
  - expect: { get: ingressclasses, fields: [{ path: .metadata.name, is: traefik }] }
  - expect: { get: node/node-1, fields: [{ path: ".spec.podCIDRs[*]", count: 2 }] }
`
    const { steps } = await runYamlScenario(file('dual.yaml', text))
    expect(steps.map(({ status, failure }) => `${status} ${failure}`)).toEqual(['passed ', 'passed '])
  })

  test('a file that is not there, or no text', async () => {
    expect(await refusal(runYamlScenario(join(folder, 'gone.yaml')))).toMatch(
      /^Failed to read the scenario .*gone\.yaml: there is no such file\. Give the path of a \.yaml, \.ts/,
    )
    expect(await refusal(runYamlScenario(folder))).toContain(': it is a folder. Give the path')
    writeFileSync(join(folder, 'latin.yaml'), Buffer.from('scenario: caf\u00e9\nsteps: [{ settle: true }]\n', 'latin1'))
    expect(await refusal(runYamlScenario(join(folder, 'latin.yaml')))).toContain(
      'it is no UTF-8 text. Save it as UTF-8.',
    )
  })

  test.each([
    { name: 'nothing to run', code: 'export const title = 1\n', says: 'it exports no default function' },
    {
      name: 'a title that is none',
      code: 'export default () => {}\nexport const title = 1\n',
      says: 'its title is no text',
    },
    {
      name: 'options that are none',
      code: 'export default () => {}\nexport const cluster = 3\n',
      says: 'its cluster is no object',
    },
    {
      name: 'code that is none',
      code: 'export default async () => {\n  no code here\n}\n',
      says: 'none.mjs:2: ',
    },
    { name: 'code that throws', code: 'throw new TypeError("no")\n', says: 'TypeError: no' },
    {
      name: 'calls a cluster does not have',
      code: `// cluster.nothing()
export const cluster = { nodes: 1, ingress: false, bare: true }
export default async ({ cluster, step }) => {
  await step('one', () => cluster.faults.nodeCrsh('node-1') && cluster.faults.active.map(String))
  await cluster.aply("cluster.gone()")
}
`,
      says: `there are 2 faults in it.
  calls-a-cluster-does-not-have.mjs:4:42: there is no cluster.faults.nodeCrsh(); did you mean nodeCrash?
  calls-a-cluster-does-not-have.mjs:5:17: there is no cluster.aply(); did you mean apply?`,
    },
  ])('a script with $name', async ({ name, code, says }) => {
    expect(await refusal(runScript(file(`${name.replaceAll(' ', '-')}.mjs`, code)))).toContain(says)
  })
})

const WEB = `
  - apply:
      - { apiVersion: v1, kind: Pod, metadata: { name: web-0, labels: { app: web } }, spec: { containers: [{ name: web, image: nginx }] } }
      - { apiVersion: v1, kind: Service, metadata: { name: web }, spec: { selector: { app: web }, ports: [{ port: 80 }] } }
  - settle: true
`

test('the scenario of docs/scenarios.md is sound', () => {
  const docs = readFileSync(join(shippedFolder('labs'), '..', 'docs', 'scenarios.md'), 'utf8')
  const [, text = ''] = /```yaml\n([\s\S]*?)```/.exec(docs) ?? []
  expect(readScenario(file('docs.yaml', text)).scenario.steps).toHaveLength(5)
})

describe('what is misnamed is told before the first step', () => {
  let cluster: Cluster
  beforeAll(async () => {
    cluster = await createCluster({ nodes: 1, ingress: false })
  })
  afterAll(() => cluster.stop())
  const looked = (text: string): string => {
    const { scenario, document } = readScenario(file('s.yaml', text))
    try {
      checkSteps(scenario, document, cluster, folder)
      return 'nothing is said'
    } catch (error) {
      return error instanceof Error ? error.message.replaceAll(`${folder}/`, '') : String(error)
    }
  }
  const TOKEN = 'curl -sk -X POST https://kubernetes/api/v1/namespaces/default/pods'
  test.each([
    {
      step: 'fault: watchDelay kube-proxy/node-1 5s',
      says: '8:12: steps[2].fault: the watches of kube-proxy on one node are not delayed by themselves. Delay those of kube-proxy',
    },
    { step: 'apply: gone.yaml', says: '8:12: steps[2].apply: there is no file or folder gone.yaml. Give a path' },
    {
      step: 'apply: "a: [\\nb"',
      says: '8:12: steps[2].apply: the manifest text, document 1 is no valid YAML',
    },
    {
      step: 'apply: https://x/y.yaml',
      says: '8:12: steps[2].apply: podwire fetches nothing: https://x/y.yaml. Save it',
    },
    {
      step: 'endFault: cut',
      says: '8:15: steps[2].endFault: no step before begins a fault called cut: there is none\n',
    },
    {
      step: "expect: { fetch: 'http://web:99999/', from: external }",
      says: '8:22: steps[2].expect.fetch: this is no URL. Write it like http://name:port/path.\n',
    },
    {
      step: "load: 'ftp://web/'\n    from: external",
      says: '8:11: steps[2].load: podwire does not simulate ftp://. Use an http:// or https:// URL.\n',
    },
    {
      step: "expect: { fetch: 'http://${web/', from: external }",
      says: '8:22: steps[2].expect.fetch: a ${ has no } after its name\n',
    },
    {
      step: "expect: { fetch: 'http://${svc/default/web spec[}/', from: external }",
      says: '8:22: steps[2].expect.fetch: spec[ is no JSONPath: write one like .spec.clusterIP\n',
    },
    {
      step: "exec: 'echo ${HOME}'\n    on: external",
      says: '8:11: steps[2].exec: no value is called HOME; define it under values; those of the shell are written $NAME\n',
    },
    {
      step: 'endLoad: calls',
      says: '8:14: steps[2].endLoad: no step before begins a load called calls: there is none\n',
    },
    {
      step: "{ load: 'http://web/', from: default/web-0, as: load }\n  - endLoad: laod",
      says: '9:14: steps[3].endLoad: no step before begins a load called laod: there is load; did you mean load?\n',
    },
    {
      step: "endLoad: load\n  - { load: 'http://web/', from: external }",
      says: '8:14: steps[2].endLoad: the load load begins only later, in line 9\n',
    },
    {
      step: "{ load: 'http://web/', from: external }\n  - { endLoad: load }\n  - { endLoad: load }",
      says: '10:16: steps[4].endLoad: the load load is over already: an earlier step ends it\n',
    },
    {
      step: "{ load: 'http://web/', from: external }\n  - { load: 'http://web/', from: external }",
      says: '9:13: steps[3].load: a load called load is running already: end it first, or name one with as\n',
    },
    {
      step: "{ load: 'http://web/', from: external, rate: 5, clients: 2 }",
      says: '8:13: steps[2].load: it has rate and clients. Give one of everyMs, rate, ramp and clients.\n',
    },
    {
      step: 'fault: nodeCrsh node-1',
      says: '8:12: steps[2].fault: there is none called "nodeCrsh". Did you mean nodeCrash? There are nodeCrash, ',
    },
    { step: 'fault: nodeCrash', says: '8:12: steps[2].fault: it has no arguments. Say nodeCrash NODE.\n' },
    {
      step: '{ fault: nodeCrash node-1, jitter: 5ms }',
      says: '8:14: steps[2].fault: it has no option jitter. It takes for.\n',
    },
    {
      step: 'fault: nodeFreeze node-2',
      says: '8:12: steps[2].fault: there is no node "node-2": there are node-1; did you mean node-1?\n',
    },
    {
      step: 'fault: packetLoss 20 node-1 externl',
      says:
        '8:12: steps[2].fault: the rate is 20: write a number above 0 and up to 1, like 0.1 for every tenth packet\n' +
        '  s.yaml:8:12: steps[2].fault: there is no place externl: write a node (node-1), NAMESPACE/POD, external, api-server or *; did you mean external?\n',
    },
    { step: 'fault: delay soon node-1 external', says: '8:12: steps[2].fault: "soon" is no duration: write one like' },
    { step: 'fault: delay 0s node-1 external', says: '8:12: steps[2].fault: the delay is nothing' },
    {
      step: 'fault: partition node-1,external external',
      says: '8:12: steps[2].fault: external is on both sides: name it on one only\n',
    },
    {
      step: 'fault: watchCut kubeproxy',
      says: '8:12: steps[2].fault: no component is called kubeproxy: there are',
    },
    {
      step: 'fault: containerCrash web-1',
      says: '8:12: steps[2].fault: no step before this one makes a pod default/web-1: there can be default/web-0; did you mean default/web-0?\n',
    },
    {
      step: 'fault: apiServerDown\n  - fault: apiServerDown',
      says: '9:12: steps[3].fault: a fault called apiServerDown is under way: end it first, or name one with as\n',
    },
    {
      step: '{ fault: apiServerDown, for: 5s }\n  - endFault: apiServer',
      says: '9:15: steps[3].endFault: no step before begins a fault called apiServer: there is apiServerDown, all; did you mean apiServerDown?\n',
    },
    {
      step: '{ exec: ls, on: node/node-9 }',
      says: '8:21: steps[2].on: there is no node "node-9": there are node-1; did you mean node-1?\n',
    },
    {
      step: '{ exec: ls, on: node-1 }',
      says: '8:21: steps[2].on: no step before this one makes a pod default/node-1: there can be default/web-0; a node is called node/node-1\n',
    },
    {
      step: '{ exec: ls, on: a/b/c }',
      says: '8:21: steps[2].on: this is no place: write external, node/NAME, or NAMESPACE/POD\n',
    },
    {
      step: '{ expect: { run: "echo ${x}", from: shop/web-0 } }',
      says:
        '8:22: steps[2].expect.run: no value is called x; define it under values; those of the shell are written $NAME\n' +
        '  s.yaml:8:41: steps[2].expect.from: no step before this one makes a pod shop/web-0: there can be default/web-0',
    },
    {
      step: '{ expect: { fetch: "http://web/", from: externel, status: 200 } }',
      says: '8:45: steps[2].expect.from: no step before this one makes a pod default/externel: there can be default/web-0; did you mean external?\n',
    },
    {
      step: 'delete: { apiVersion: v1, kind: Pod, metadata: { name: a } }\n  - fault: meteor',
      says: '9:12: steps[3].fault: there is none called "meteor". There are',
    },
    {
      step: `{ exec: '${TOKEN}', on: default/web-0 }\n  - { exec: ls, on: default/made }\n  - fault: x`,
      says: '10:12:',
    },
  ])('$step', ({ step, says }) => {
    const message = looked(`${SMALL}steps:${WEB}  - ${step}\n`)
    expect(
      `${message.replace(/^Failed to read the scenario: there (is a fault|are \d faults) in it\. \n {2}s\.yaml:/, '')}\n`,
    ).toContain(says)
    expect(message).toMatch(/^Failed to read the scenario/)
  })

  test.each([
    { kind: 'Deployment', pod: 'web-7d9f', known: true },
    { kind: 'StatefulSet', pod: 'web-4', known: true },
    { kind: 'CronJob', pod: 'web-1-x', known: true },
    { kind: 'Deployment', pod: 'wob-7d9f', known: false },
  ])('a pod $pod of a $kind', ({ kind, pod, known }) => {
    const spec = kind === 'CronJob' ? '{ jobTemplate: {} }' : '{ template: {} }'
    const text = `${SMALL}steps:
  - apply: { apiVersion: x/v1, kind: ${kind}, metadata: { name: web }, spec: ${spec} }
  - { exec: ls, on: ${pod} }
  - fault: none
`
    const message = looked(text)
    expect(message.includes(`makes a pod default/${pod}`)).toBe(!known)
    expect(message.includes('did you mean default/web-…?')).toBe(!known)
  })

  test('and nothing runs', async () => {
    const titles: string[] = []
    const text = `${SMALL}steps:${WEB}  - fault: meteor\n`
    const run = runYamlScenario(file('s.yaml', text), { onStep: (title) => titles.push(title) })
    expect(await refusal(run)).toContain('8:12: steps[2].fault: there is none called "meteor"')
    expect(titles).toEqual([])
  })
})

describe('steps', () => {
  test('each kind of step does what it says, and the same seed gives the same report', async () => {
    const path = file(
      'all.yaml',
      `${SMALL}values:\n  ip: { run: 'cat /etc/resolv.conf', from: default/web-0, capture: 'nameserver (\\S+)' }\nsteps:${WEB}
  - { exec: 'curl -s http://web/', on: default/web-0, output: { contains: Welcome to nginx } }
  - { expect: { fetch: 'http://\${svc/default/web .spec.clusterIP}/', from: node/node-1, status: 200, answeredBy: default/app=web } }
  - { expect: { resolve: web, from: default/web-0, addresses: ['\${svc/default/web .spec.clusterIP}'] } }
  - { expect: { resolve: nobody, from: default/web-0, fails: true } }
  - { expect: { run: "echo \${ip}", from: external, output: { is: 10.96.0.10 } } }
  - { expect: { get: pods/default, labels: app=web, count: 1, fields: [{ path: .status.phase, oneOf: [Running] }] } }
  - { load: 'http://web/', from: default/web-0, as: calls }
  - advance: 1s
  - { endLoad: calls, lost: 0 }
  - apply: { apiVersion: v1, kind: Service, metadata: { name: high }, spec: { type: NodePort, ports: [{ port: 80, nodePort: 8000 }] } }
    refused: provided port is not in the valid range
  - delete: { apiVersion: v1, kind: Pod, metadata: { name: web-0 } }
  - { expect: { endpoints: default/web, ready: 0 }, within: 40s }
  - { expect: { fetch: 'http://web/', from: node/node-1, fails: name-not-found } }
  - { expect: { get: pods/default/web-0, absent: true }, within: 40s }
`,
    )
    const first = await runYamlScenario(path)
    expect(first.steps.filter(({ status }) => status !== 'passed')).toEqual([])
    expect(first.steps.find(({ title }) => title.startsWith('end the load'))?.facts).toEqual([
      '101 requests, 101 answered, 0 lost',
    ])
    expect(await runYamlScenario(path)).toEqual(first)
    expect((await runYamlScenario(path, { seed: 6 })).traceHash).not.toBe(first.traceHash)
  })

  test.each([
    {
      name: 'a command with another status',
      step: '{ exec: "false", on: external }',
      says: 'false on external ends with 1, should end with 0',
    },
    {
      name: 'a Service that is not there',
      step: '{ expect: { endpoints: default/shop } }',
      says: 'there is no Service default/shop',
    },
    {
      name: 'nobody who listens',
      step: "{ expect: { fetch: 'http://172.18.0.2:81/', from: external } }",
      says: 'connection refused',
    },
    {
      name: 'an answer where none should be',
      step: "{ expect: { fetch: 'http://web/', from: default/web-0, fails: timeout } }",
      says: 'it should fail with timeout',
    },
    {
      name: 'a manifest that is refused',
      step: 'apply: { apiVersion: v1, kind: Pod, metadata: { name: A_B } }',
      says: 'is invalid',
    },
    {
      name: 'one that is not',
      step: '{ apply: { apiVersion: v1, kind: ConfigMap, metadata: { name: a } }, refused: no }',
      says: 'it was applied, and should have been refused',
    },
    {
      name: 'a kind nobody serves',
      step: '{ expect: { get: widgets/default/x } }',
      says: 'the server has no resource type "widgets"',
    },
    {
      name: 'a pod that is not there',
      step: "{ expect: { fetch: 'http://web/', from: default/app=nobody } }",
      says: 'no pod of default/app=nobody is ready',
    },
    {
      name: 'a wrong field',
      step: '{ expect: { get: svc/default/web, fields: [{ path: .spec.type, is: NodePort }] } }',
      says: '.spec.type is ClusterIP, it should be NodePort',
    },
  ])('fail: $name', async ({ step, says }) => {
    const { status, steps } = await runYamlScenario(
      file('fail.yaml', `${SMALL}steps:${WEB}  - ${step}\n  - settle: true\n`),
    )
    expect(status).toBe('failed')
    expect(steps[2]?.failure).toContain(says)
    expect([steps[2]?.at.replace(`${folder}/`, ''), steps[3]?.status]).toEqual(['fail.yaml:8', 'skipped'])
  })

  test('loads: steady, rising, and clients who wait and think, from any place', async () => {
    const path = file(
      'loads.yaml',
      `${SMALL}steps:${WEB}
  - { load: 'http://\${svc/default/web .spec.clusterIP}/', from: node/node-1, rate: 20, as: steady }
  - { load: 'http://web/', from: default/app=web, ramp: { from: 0, to: 20, over: 2s }, as: rising }
  - { load: 'http://web/', from: default/web-0, clients: 2, thinkMs: 500, as: patient }
  - advance: 2s
  - { endLoad: steady, lost: 0 }
  - { endLoad: rising, lost: 0 }
  - { endLoad: patient, lost: 0 }
`,
    )
    const { steps } = await runYamlScenario(path)
    expect(steps.slice(6).map(({ facts, failure }) => facts[0] ?? failure)).toEqual([
      '41 requests, 41 answered, 0 lost',
      '21 requests, 21 answered, 0 lost',
      '8 requests, 8 answered, 0 lost',
    ])
  })

  test('aliases, merged steps and what only YAML 1.1 reads so: octal modes and yes', async () => {
    const path = file(
      'merged.yaml',
      `${SMALL}steps:
  - apply: &map { apiVersion: v1, kind: ConfigMap, metadata: { name: a }, immutable: yes }
  - apply: { <<: *map, metadata: { name: b } }
  - apply: |
      apiVersion: v1
      kind: Pod
      metadata: { name: p, labels: &l { a: b }, annotations: { <<: *l, 1: "2" } }
      spec:
        containers: [{ name: p, image: nginx }]
        volumes: [{ name: v, configMap: { name: a, optional: yes, defaultMode: 0644 } }]
  - &looks { expect: { get: cm/default/b, fields: [{ path: .immutable, is: true }] } }
  - { <<: *looks, title: again }
  - expect: { get: pod/default/p, fields: [{ path: ".spec.volumes[0].configMap.defaultMode", is: 420 }] }
  - expect: { get: pod/default/p, fields: [{ path: .metadata.annotations.a, is: b }] }
`,
    )
    const { steps } = await runYamlScenario(path)
    expect(steps.map(({ status, failure }) => `${status} ${failure}`)).toEqual(Array(7).fill('passed '))
    expect(steps[4]?.title).toBe('again')
  })

  test('a fault lasts until it is ended, or for its time', async () => {
    const path = file(
      'fault.yaml',
      `${SMALL}steps:${WEB}
  - { fault: 'partition external node-1', as: cut }
  - { expect: { fetch: 'http://172.18.0.2:1/', from: external, fails: timeout } }
  - { endFault: cut }
  - { expect: { fetch: 'http://172.18.0.2:1/', from: external, fails: refused } }
  - { fault: partition external node-1, for: 5s, oneWay: true }
  - { expect: { fetch: 'http://172.18.0.2:1/', from: external, fails: refused }, within: 6s }
  - { fault: apiServerDown }
  - { endFault: all }
`,
    )
    const { steps } = await runYamlScenario(path)
    expect(steps.filter(({ status }) => status !== 'passed')).toEqual([])
    expect(steps[2]).toMatchObject({ title: 'fault partition external node-1', facts: ['partition external | node-1'] })
  })

  test('a script: its steps, its errors, and where they arose', async () => {
    const path = file(
      'script.mjs',
      `export const title = 'two steps'
export const cluster = { nodes: 1, ingress: false, seed: 9 }
export default async ({ cluster, step, seed }) => {
  await step('first', () => cluster.advance('1s'))
  await step('second', () => {
    throw new Error('seed ' + seed)
  })
  await step('never', () => {})
}
`,
    )
    const report = await runScript(path)
    expect(
      report.steps.map(({ title, status, failure, at }) => [title, status, failure, at.replace(`${folder}/`, '')]),
    ).toEqual([
      ['first', 'passed', '', 'script.mjs'],
      ['second', 'failed', 'seed 9', 'script.mjs:6'],
    ])
    expect([report.title, report.seed, report.steps[0]?.durationUs]).toEqual(['two steps', 9, 1_000_000])
  })

  test.each([
    {
      name: 'fails after a wait: the line is the step’s',
      body: `await step('late', () => cluster.advance('1s').then(() => cluster.external.fetch('http://172.18.0.2:1/')))`,
      at: 'it.mjs:3',
      says: 'connection refused',
    },
    {
      name: 'is not awaited',
      body: `step('forgotten', async () => { await cluster.advance('1s'); await cluster.advance('1s') })`,
      at: 'it.mjs',
      says: 'Failed to take the step "forgotten": the scenario ended while it was running. Write: await step(…)',
    },
    {
      name: 'is not awaited and fails',
      body: `step('forgotten', async () => { throw new Error('no') }); await cluster.advance('1s')`,
      at: 'it.mjs:3',
      says: 'no',
    },
  ])('a step that $name', async ({ body, at, says }) => {
    const head = 'export const cluster = { nodes: 1, ingress: false }\nexport default async ({ cluster, step }) => {\n'
    const path = join(mkdtempSync(join(folder, 'script-')), 'it.mjs')
    writeFileSync(path, `${head}${body}\n}\n`)
    const { status, steps } = await runScript(path)
    const failed = steps.find((step) => step.status === 'failed')
    expect(status).toBe('failed')
    expect(failed?.at.replace(/^.*\/(?=it\.mjs)/, '')).toBe(at)
    expect(failed?.failure).toContain(says)
  })
})

const REPORT: ScenarioReport = {
  file: 'a.yaml',
  title: 'A & B <"quoted">',
  seed: 7,
  status: 'failed',
  durationUs: 1_500_000,
  traceHash: '0123456789abcdef',
  repeat: 'podwire run a.yaml --seed 7',
  steps: [
    {
      title: 'settle',
      at: 'a.yaml:3',
      status: 'passed',
      startedUs: 0,
      durationUs: 1_000_000,
      facts: [],
      failure: '',
      explanation: '',
    },
    {
      title: "expect it's there",
      at: 'a.yaml:4',
      status: 'failed',
      startedUs: 1_000_000,
      durationUs: 500_000,
      facts: [],
      failure: 'no\u0000 <answer> \uD800',
      explanation: 'tcp a → b\n  routing  x',
    },
    {
      title: 'advance\r\n5s\u001B[31m',
      at: 'a.yaml:5',
      status: 'skipped',
      startedUs: 1_500_000,
      durationUs: 0,
      facts: [],
      failure: '',
      explanation: '',
    },
  ],
}

describe('reports', () => {
  test('text', () => {
    expect(textReport([REPORT])).toBe(`A & B <"quoted"> (a.yaml)
  ok                 0s  settle
  FAILED             1s  expect it's there
           at a.yaml:4
           no\\u0000 <answer> \uFFFD
           tcp a → b
             routing  x
  skipped          1.5s  advance 5s\\u001b[31m
failed in 1.5s of virtual time, seed 7, trace hash 0123456789abcdef
again: podwire run a.yaml --seed 7
`)
    expect(textReport([REPORT, { ...REPORT, status: 'passed', steps: [] }])).toContain(
      '\n2 scenarios, 1 passed, 1 failed\n',
    )
  })

  test('JUnit XML, well formed whatever stands in the texts', () => {
    const xml = junitReport([REPORT])
    expect(xml).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="podwire run" tests="3" failures="1" errors="0" skipped="1" time="1.500000">
  <testsuite name="A &amp; B &lt;&quot;quoted&quot;&gt;" file="a.yaml" tests="3" failures="1" errors="0" skipped="1" time="1.500000">
    <properties>
      <property name="seed" value="7"/>
      <property name="traceHash" value="0123456789abcdef"/>
      <property name="repeat" value="podwire run a.yaml --seed 7"/>
    </properties>
    <testcase name="1. settle" classname="A &amp; B &lt;&quot;quoted&quot;&gt;" time="1.000000"/>
    <testcase name="2. expect it&apos;s there" classname="A &amp; B &lt;&quot;quoted&quot;&gt;" time="0.500000">
      <failure type="StepFailed" message="no\uFFFD &lt;answer&gt; \uFFFD">a.yaml:4
no\uFFFD &lt;answer&gt; \uFFFD
tcp a → b
  routing  x</failure>
    </testcase>
    <testcase name="3. advance&#13;&#10;5s\uFFFD[31m" classname="A &amp; B &lt;&quot;quoted&quot;&gt;" time="0.000000">
      <skipped/>
    </testcase>
  </testsuite>
</testsuites>
`)
  })
})
