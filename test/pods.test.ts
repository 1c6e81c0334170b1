// Pods seen through the real kubectl: terminals, logs, port-forward, cp, the STATUS column, events. Ten virtual seconds a second.

import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from './referees.ts'
import { RunningCommand, TerminalSession } from './terminal.ts'
import { kubectls, UpProcess, type Ran } from './up.ts'

const PODS = `
apiVersion: v1
kind: Pod
metadata: {name: box, labels: {app: box}}
spec:
  terminationGracePeriodSeconds: 2
  containers:
    - {name: box, image: busybox:1.36, command: [sh, -c, 'i=0; while true; do i=$((i+1)); echo tick $i; sleep 2; done']}
---
apiVersion: v1
kind: Pod
metadata: {name: steady}
spec:
  terminationGracePeriodSeconds: 1
  containers: [{name: steady, image: 'busybox:1.36', command: [sleep, '100000']}]
---
apiVersion: v1
kind: Pod
metadata: {name: crash}
spec:
  containers: [{name: c, image: 'busybox:1.36', command: [sh, -c, 'echo run of $HOSTNAME; sleep 2; exit 3']}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: kubia}
spec:
  replicas: 2
  selector: {matchLabels: {app: kubia}}
  template:
    metadata: {labels: {app: kubia}}
    spec: {terminationGracePeriodSeconds: 1, containers: [{name: kubia, image: 'luksa/kubia', ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: kubia}
spec: {selector: {app: kubia}, ports: [{port: 80, targetPort: 8080}]}
`

describeWith(['kubectl', 'curl', 'script'], 'pods through kubectl', () => {
  let up: UpProcess
  let watch: RunningCommand

  beforeAll(async () => {
    up = new UpProcess(['--dns-port', '0', '--speed', '10', '--no-ingress'])
    await up.ready()
    watch = new RunningCommand('kubectl', ['get', 'pods', '-w', '--no-headers'], up.kubeconfig)
    await new Promise((resolve) => setTimeout(resolve, 500))
  }, 60_000)

  afterAll(async () => {
    await watch.stop()
    await up.stop()
  })

  /** The STATUS column of a pod as the watch showed it, repeats left out. */
  const statuses = (pod: string): readonly string[] => {
    const rows = watch.output.split('\n').filter((line) => line.startsWith(`${pod} `))
    const shown = rows.map((row) => row.split(/\s+/)).map(([, ready = '', status = '']) => `${ready} ${status}`)
    return shown.filter((status, index) => status !== shown[index - 1])
  }
  const inTerminal = async (command: string, work: (terminal: TerminalSession) => Promise<void>): Promise<void> => {
    const terminal = new TerminalSession(command, up.kubeconfig)
    try {
      await work(terminal)
    } finally {
      terminal.close()
    }
  }

  test('kubectl apply -f -, and wait until the pods are Ready', () => {
    expect(up.kubectl('apply -f -', PODS).stderr).toBe('')
    for (const pod of ['box', 'steady']) {
      expect(up.kubectl(`wait --for=condition=Ready pod/${pod} --timeout=60s`).status).toBe(0)
    }
  }, 60_000)

  test('a pod that starts: Pending, ContainerCreating, Running', async () => {
    await up.until(() => statuses('steady').length >= 3)
    expect(statuses('steady')).toEqual(['0/1 Pending', '0/1 ContainerCreating', '1/1 Running'])
  })

  test('a pod that crashes: Error, one restart at once, then CrashLoopBackOff', async () => {
    await up.until(() => statuses('crash').length >= 7, 30_000)
    expect(statuses('crash').slice(0, 7)).toEqual([
      '0/1 Pending',
      '0/1 ContainerCreating',
      '1/1 Running',
      '0/1 Error',
      '1/1 Running',
      '0/1 Error',
      '0/1 CrashLoopBackOff',
    ])
    const { stdout } = up.kubectl('describe pod crash')
    expect(stdout).toMatch(/Last State:\s+Terminated\n\s+Reason:\s+Error\n\s+Exit Code:\s+3/)
    expect(stdout).toMatch(
      /Warning\s+BackOff\s.*kubelet\s+(spec\.containers\{c\}: )?Back-off restarting failed container c in pod crash_default\(/,
    )
    expect(up.kubectl('logs crash --previous').stdout).toBe('run of crash\n')
  }, 60_000)

  test('kubectl describe pod: the events of a start', () => {
    const { stdout } = up.kubectl('describe pod steady')
    const events = stdout.slice(stdout.indexOf('Events:'))
    const reasons = [...events.matchAll(/^ {2}(?:Normal|Warning)\s+(\w+)/gm)].map(([, reason]) => reason)
    expect([...reasons].sort((a = '', b = '') => (a < b ? -1 : 1))).toEqual([
      'Created',
      'Pulled',
      'Pulling',
      'Scheduled',
      'Started',
    ])
    expect(events).toMatch(/Successfully assigned default\/steady to node-\d/)
  })

  test('kubectl exec -it: prompt, echo, Ctrl-C to the foreground job, backspace, exit code', async () => {
    await inTerminal('kubectl exec -it steady -- sh', async (terminal) => {
      let seen = await terminal.sees(/# $/)
      terminal.type('sleep 100000\r')
      seen = await terminal.sees(/sleep 100000\n/, seen)
      terminal.type('\x03')
      seen = await terminal.sees(/\^C\n.*# $/, seen)
      terminal.type('echo $?\r')
      seen = await terminal.sees(/\n130\n.*# $/, seen)
      terminal.type('echoo\x7f hi there\r')
      seen = await terminal.sees(/\nhi there\n.*# $/, seen)
      terminal.type('exit 4\r')
      expect(await terminal.ended()).toBe(4)
      expect(terminal.shown).toContain('command terminated with exit code 4')
    })
  }, 60_000)

  test('kubectl run -it --rm: a shell of its own, its exit code, and the pod is gone', async () => {
    await inTerminal('kubectl run -it --rm tmp --image=busybox:1.36 --restart=Never -- sh', async (terminal) => {
      await terminal.sees(/If you don't see a command prompt, try pressing enter\.\n/, 0, 30_000)
      terminal.type('echo "I am $HOSTNAME"\r')
      await terminal.sees(/\nI am tmp\n/)
      terminal.type('exit 3\r')
      expect(await terminal.ended()).toBe(3)
      expect(terminal.shown).toContain('pod "tmp" deleted')
      expect(terminal.shown).toContain('pod default/tmp terminated (Error)')
    })
    expect(up.kubectl('get pod tmp').stderr).toContain('pods "tmp" not found')
  }, 60_000)

  test('kubectl run -i: what is piped in reaches the program', () => {
    const { stdout, status } = up.run(
      'kubectl',
      ['run', '-i', '--rm', '-q', 'pipe', '--image=busybox:1.36', '--restart=Never', '--', 'cat'],
      'one\ntwo\n',
    )
    expect(stdout).toContain('one\ntwo\n')
    expect(status).toBe(0)
  }, 60_000)

  test('kubectl run of a command that ends: Completed, and the pod keeps its address', async () => {
    expect(
      up.run('kubectl', ['run', 'once', '--image=busybox:1.36', '--restart=Never', '--', 'sh', '-c', 'echo done'])
        .stdout,
    ).toBe('pod/once created\n')
    await up.until(() => up.kubectl('get pod once -o jsonpath={.status.phase}').stdout === 'Succeeded')
    expect(up.kubectl('logs once').stdout).toBe('done\n')
    expect(up.kubectl('get pod once -o jsonpath={.status.podIP}').stdout).toMatch(/^10\.244\./)
    expect(up.kubectl('exec once -- ls').stderr).toContain(
      'cannot exec into a container in a completed pod; current phase is Succeeded',
    )
  }, 30_000)

  test('kubectl attach and logs -f show what comes; attach ends with the container and says nothing of its exit code', async () => {
    const attach = new RunningCommand('kubectl', ['attach', 'box'], up.kubeconfig)
    const logs = new RunningCommand('kubectl', ['logs', '-f', '--tail=1', 'box'], up.kubeconfig)
    await up.until(
      () => (attach.output.match(/tick/g) ?? []).length >= 2 && (logs.output.match(/tick/g) ?? []).length >= 3,
    )
    expect(up.kubectl('delete pod box --grace-period=1').stdout).toContain('pod "box" deleted')
    await up.until(() => attach.ended && logs.ended)
    expect(attach.output).not.toContain('exit code')
  }, 60_000)

  test.each([
    ['pod', (): string => up.kubectl('get pods -l app=kubia -o jsonpath=pod/{.items[0].metadata.name}').stdout, 8080],
    ['service', (): string => 'svc/kubia', 80],
    ['deployment', (): string => 'deploy/kubia', 8080],
  ])(
    'kubectl port-forward to a %s',
    async (_kind, target, port) => {
      expect(up.kubectl('rollout status deployment/kubia --timeout=60s').status).toBe(0)
      const forward = new RunningCommand('kubectl', ['port-forward', target(), `:${port}`], up.kubeconfig)
      await up.until(() => /127\.0\.0\.1:\d+/.test(forward.output))
      const [, local = ''] = /127\.0\.0\.1:(\d+)/.exec(forward.output) ?? []
      for (let time = 0; time < 2; time++)
        expect(up.run('curl', ['-sS', '-m', '5', `http://127.0.0.1:${local}/`]).stdout).toMatch(/kubia-/)
      await forward.stop()
    },
    60_000,
  )

  test('kubectl port-forward to a port nobody listens on: the runtime’s words', async () => {
    const forward = new RunningCommand('kubectl', ['port-forward', 'pod/steady', ':8080'], up.kubeconfig)
    await up.until(() => /127\.0\.0\.1:\d+/.test(forward.output))
    const [, local = ''] = /127\.0\.0\.1:(\d+)/.exec(forward.output) ?? []
    expect(up.run('curl', ['-sS', '-m', '5', `http://127.0.0.1:${local}/`]).status).toBe(52)
    await up.until(() => forward.ended)
    expect(forward.output).toMatch(
      /failed to execute portforward in network namespace .*IPv4: dial tcp4 127\.0\.0\.1:8080: connect: connection refused/,
    )
  }, 30_000)

  test('kubectl cp: a file in and out again, a folder in; without tar in the image it is refused by name', () => {
    const folder = mkdtempSync(join(tmpdir(), 'podwire-'))
    const content = 'häuser\n'.repeat(500)
    mkdirSync(join(folder, 'site', 'deep'), { recursive: true })
    writeFileSync(join(folder, 'greeting'), content)
    writeFileSync(join(folder, 'site', 'deep', 'page.html'), '<p>')
    expect(up.kubectl(`cp ${folder}/greeting steady:/tmp/greeting`)).toMatchObject({ stderr: '', status: 0 })
    expect(up.kubectl('exec steady -- cat /tmp/greeting').stdout).toBe(content)
    expect(up.kubectl(`cp ${folder}/site steady:/tmp/site`).status).toBe(0)
    expect(up.kubectl('exec steady -- cat /tmp/site/deep/page.html').stdout).toBe('<p>')
    expect(up.kubectl(`cp steady:/tmp/greeting ${folder}/back`).status).toBe(0)
    expect(readFileSync(join(folder, 'back'), 'utf8')).toBe(content)
    const [coredns = ''] = up
      .kubectl('get pods -n kube-system -l k8s-app=kube-dns -o jsonpath={.items[*].metadata.name}')
      .stdout.split(' ')
    const refused = up.kubectl(`cp ${folder}/greeting kube-system/${coredns}:/greeting`)
    expect(refused.status).toBe(1)
    expect(refused.stderr).toContain('exec: "tar": executable file not found in $PATH')
  }, 30_000)

  test('kubectl get --raw and kubectl proxy lead to pods, services and kubelets', async () => {
    const [kubia = ''] = up.kubectl('get pods -l app=kubia -o jsonpath={.items[*].metadata.name}').stdout.split(' ')
    const base = '/api/v1/namespaces/default'
    expect(up.kubectl(`get --raw ${base}/pods/${kubia}/proxy/`).stdout).toBe(`You've hit ${kubia}\n`)
    expect(up.kubectl('get --raw /api/v1/nodes/node-2/proxy/healthz').stdout).toBe('ok')
    expect(up.kubectl(`get --raw ${base}/pods/${kubia}:9/proxy/`).stderr).toMatch(
      /^Error from server \(ServiceUnavailable\): error trying to reach service: dial tcp 10\.244\.\d\.\d+:9: connect: connection refused\n$/,
    )
    expect(up.kubectl('cluster-info').stdout).toMatch(/CoreDNS.* is running at .*\/services\/kube-dns:dns\/proxy/)
    const proxy = new RunningCommand('kubectl', ['proxy', '--port=0'], up.kubeconfig)
    await up.until(() => /127\.0\.0\.1:\d+/.test(proxy.output))
    const [, port = ''] = /127\.0\.0\.1:(\d+)/.exec(proxy.output) ?? []
    const curl = (path: string): string =>
      up.run('curl', ['-sS', '-m', '5', '-w', '%{http_code} %{redirect_url}', `http://127.0.0.1:${port}${path}`]).stdout
    expect(curl(`${base}/services/kubia/proxy/`)).toMatch(/^You've hit kubia-\S+\n200 $/)
    expect(curl(`${base}/services/kubia/proxy`)).toBe(`301 http://127.0.0.1:${port}${base}/services/kubia/proxy/`)
    await proxy.stop()
  }, 30_000)

  test.each(kubectls())(
    '%s: commands with large input, logs, port-forward, cp',
    async (_version, kubectl) => {
      const folder = mkdtempSync(join(tmpdir(), 'podwire-'))
      const content = 'häuser\n'.repeat(200_000)
      writeFileSync(join(folder, 'large'), content)
      const run = (args: string, input?: string): Ran => up.run(kubectl, args.split(' '), input)
      expect(run('exec -i steady -- cat', content).stdout).toBe(content)
      expect(run(`cp ${folder}/large steady:/tmp/large`)).toMatchObject({ stderr: '', status: 0 })
      expect(run('exec steady -- cat /tmp/large').stdout).toBe(content)
      expect(up.run(kubectl, ['exec', 'steady', '--', 'sh', '-c', 'exit 7']).status).toBe(7)
      expect(run('logs --tail=1 --timestamps kubia-none').stderr).toContain('pods "kubia-none" not found')
      expect(run('logs steady --previous').stderr).toContain(
        'previous terminated container "steady" in pod "steady" not found',
      )
      const forward = new RunningCommand(kubectl, ['port-forward', 'svc/kubia', ':80'], up.kubeconfig)
      await up.until(() => /127\.0\.0\.1:\d+/.test(forward.output))
      const [, local = ''] = /127\.0\.0\.1:(\d+)/.exec(forward.output) ?? []
      expect(up.run('curl', ['-sS', '-m', '5', `http://127.0.0.1:${local}/`]).stdout).toMatch(/kubia-/)
      await forward.stop()
    },
    60_000,
  )

  test('kubectl delete --grace-period=0 --force', () => {
    const { stdout, stderr } = up.kubectl('delete pod steady --grace-period=0 --force')
    expect(stderr).toContain(
      'Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated.',
    )
    expect(stdout).toMatch(/^pod "steady" force deleted/)
    expect(up.kubectl('get pod steady').stderr).toContain('pods "steady" not found')
  })

  test('nothing was reported as a bug on the way', () => {
    expect(up.errors).toBe('')
  })
})
