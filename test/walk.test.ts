// The walk: a newcomer's first hour with the real kubectl, curl and dig on `podwire up`. Steps build on each other, in order.

import { statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from './referees.ts'
import { root, UpProcess } from './up.ts'

const example = (name: string): string => join(root, 'examples', name)

describeWith(['kubectl', 'curl', 'dig'], 'the walk', () => {
  let up: UpProcess

  beforeAll(async () => {
    // Ten virtual seconds a second: pods that ignore SIGTERM take 30 of them to go.
    up = new UpProcess(['--dns-port', '0', '--speed', '10'])
    await up.ready()
  }, 60_000)

  afterAll(async () => {
    await up.stop()
  })

  const podNames = (selector: string): string[] =>
    up
      .kubectl(`get pods -l ${selector} -o jsonpath={.items[*].metadata.name}`)
      .stdout.split(' ')
      .filter((name) => name !== '')
  const podIps = (selector: string): string[] =>
    up
      .kubectl(`get pods -l ${selector} -o jsonpath={.items[*].status.podIP}`)
      .stdout.split(' ')
      .filter((ip) => ip !== '')
      .sort((a, b) => (a < b ? -1 : 1))
  const endpointIps = (service: string): string[] =>
    up
      .kubectl(
        `get endpointslices -l kubernetes.io/service-name=${service} -o jsonpath={.items[*].endpoints[?(@.conditions.ready==true)].addresses[0]}`,
      )
      .stdout.split(' ')
      .filter((ip) => ip !== '')
      .sort((a, b) => (a < b ? -1 : 1))
  const hostOf = (node: string): string =>
    up.kubectl(`get node ${node} -o jsonpath={.metadata.annotations.podwire\\.dev/host-address}`).stdout
  const execClient = (...command: readonly string[]): ReturnType<UpProcess['run']> =>
    up.run('kubectl', ['exec', 'client', '--', ...command])
  const settled = (deployment: string, namespace = 'default'): void => {
    const { stderr, status } = up.kubectl(`rollout status deployment/${deployment} -n ${namespace} --timeout=60s`)
    expect(stderr).toBe('')
    expect(status).toBe(0)
  }

  test('the kubeconfig is for its owner only, and the ready line names it', () => {
    expect(statSync(up.kubeconfig).mode & 0o777).toBe(0o600)
    expect(up.output).toMatch(new RegExp(`^ready https://127\\.0\\.0\\.1:\\d+ kubeconfig ${up.kubeconfig}$`, 'm'))
  })

  test('kubectl get nodes -o wide', () => {
    const { stdout } = up.kubectl('get nodes -o wide')
    const lines = stdout.trimEnd().split('\n')
    expect(lines[0]?.split(/\s{2,}/)).toEqual([
      'NAME',
      'STATUS',
      'ROLES',
      'AGE',
      'VERSION',
      'INTERNAL-IP',
      'EXTERNAL-IP',
      'OS-IMAGE',
      'KERNEL-VERSION',
      'CONTAINER-RUNTIME',
    ])
    expect(lines.slice(1).map((line) => line.split(/\s+/).slice(0, 2))).toEqual([
      ['node-1', 'Ready'],
      ['node-2', 'Ready'],
      ['node-3', 'Ready'],
    ])
  })

  test('kubectl apply -f the manifests', () => {
    const { stdout, stderr, status } = up.kubectl(
      `apply -f ${example('kubia.yaml')} -f ${example('myblog.yaml')} -f ${example('paths.yaml')}`,
    )
    expect(stderr).toBe('')
    expect(status).toBe(0)
    expect(stdout).toContain('deployment.apps/kubia created')
    expect(stdout).toContain('ingress.networking.k8s.io/paths created')
    for (const name of ['kubia', 'httpd']) settled(name)
    for (const name of ['mysql', 'myblog']) settled(name, 'demo')
    expect(up.kubectl('wait --for=condition=Ready pod/client --timeout=60s').status).toBe(0)
  }, 120_000)

  test('applying again changes nothing', () => {
    const { stdout } = up.kubectl(`apply -f ${example('kubia.yaml')}`)
    for (const line of stdout.trimEnd().split('\n')) expect(line).toMatch(/ unchanged$/)
  })

  test('kubectl get po,svc,ep,endpointslices -A', () => {
    const { stdout, status } = up.kubectl('get po,svc,ep,endpointslices -A')
    expect(status).toBe(0)
    expect(stdout).toMatch(/default\s+pod\/kubia-\S+\s+1\/1\s+Running/)
    expect(stdout).toMatch(/default\s+service\/kubia-nodeport\s+NodePort\s+\S+\s+<none>\s+80:30123\/TCP/)
    expect(stdout).toMatch(/default\s+service\/kubia-headless\s+ClusterIP\s+None\s+<none>\s+80\/TCP/)
    expect(stdout).toMatch(
      /kube-system\s+service\/kube-dns\s+ClusterIP\s+10\.96\.0\.10\s+<none>\s+53\/UDP,53\/TCP,9153\/TCP/,
    )
    expect(stdout).toMatch(
      /default\s+endpoints\/kubia\s+10\.244\.\d+\.\d+:8080,10\.244\.\d+\.\d+:8080,10\.244\.\d+\.\d+:8080/,
    )
  })

  test('kubectl expose deployment', async () => {
    const { stdout, status } = up.kubectl('expose deployment httpd --name=httpd-exposed --port=8080 --target-port=80')
    expect(stdout).toBe('service/httpd-exposed exposed\n')
    expect(status).toBe(0)
    await up.until(() => execClient('curl', '-s', '-m', '2', 'http://httpd-exposed:8080/').stdout.includes('It works!'))
  })

  test('kubectl scale: pods and endpoints follow', async () => {
    expect(up.kubectl('scale deployment kubia --replicas=5').stdout).toBe('deployment.apps/kubia scaled\n')
    settled('kubia')
    await up.until(() => endpointIps('kubia').length === 5)
    expect(endpointIps('kubia')).toEqual(podIps('app=kubia'))
    up.kubectl('scale deployment kubia --replicas=3')
    await up.until(() => podNames('app=kubia').length === 3 && endpointIps('kubia').length === 3, 60_000)
  }, 120_000)

  test('kubectl label --overwrite: a pod leaves its Service and is replaced', async () => {
    const [name = ''] = podNames('app=kubia')
    expect(up.kubectl(`label pod ${name} app=aside --overwrite`).stdout).toBe(`pod/${name} labeled\n`)
    await up.until(() => podNames('app=kubia').length === 3 && endpointIps('kubia').length === 3)
    expect(podNames('app=kubia')).not.toContain(name)
    up.kubectl(`delete pod ${name} --grace-period=1`)
  }, 60_000)

  test('kubectl describe svc', () => {
    const { stdout } = up.kubectl('describe svc kubia')
    expect(stdout).toMatch(/^Selector:\s+app=kubia$/m)
    expect(stdout).toMatch(/^Type:\s+ClusterIP$/m)
    expect(stdout).toMatch(/^Endpoints:\s+10\.244\.\d+\.\d+:8080,/m)
    expect(stdout).toMatch(/^Session Affinity:\s+None$/m)
  })

  test('kubectl exec POD -- curl -s mysql:3306 shows the greeting', () => {
    const [name = ''] = up
      .kubectl('get pods -n demo -l app=myblog -o jsonpath={.items[*].metadata.name}')
      .stdout.split(' ')
    const { stdout, status } = up.run('kubectl', ['exec', '-n', 'demo', name, '--', 'curl', '-s', 'mysql:3306'])
    expect(stdout).toContain('5.7.29')
    expect(stdout).toContain('mysql_native_password')
    expect(status).toBe(0)
  })

  test('kubectl exec POD -- curl -s myblog/blog/index/', () => {
    const [name = ''] = up
      .kubectl('get pods -n demo -l app=myblog -o jsonpath={.items[*].metadata.name}')
      .stdout.split(' ')
    expect(up.run('kubectl', ['exec', '-n', 'demo', name, '--', 'curl', '-s', 'myblog/blog/index/']).stdout).toContain(
      '我的博客列表',
    )
  })

  test('kubectl exec POD -- cat /etc/resolv.conf', () => {
    expect(execClient('cat', '/etc/resolv.conf').stdout).toBe(
      'search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n',
    )
  })

  test('kubectl exec POD -- nslookup kubia-headless gives all pod IPs', async () => {
    await up.until(() => endpointIps('kubia-headless').length === 3)
    const { stdout } = execClient('nslookup', 'kubia-headless')
    const found = [...stdout.matchAll(/Address(?: \d+)?: (10\.244\.\d+\.\d+)/g)].map(([, ip = '']) => ip)
    expect([...new Set(found)].sort((a, b) => (a < b ? -1 : 1))).toEqual(podIps('app=kubia'))
  })

  test('an exit code comes through kubectl exec', () => {
    expect(execClient('sh', '-c', 'exit 3').status).toBe(3)
  })

  test('curl from the host to the node port on every node', () => {
    for (const node of ['node-1', 'node-2', 'node-3']) {
      const { stdout, status } = up.run('curl', ['-sS', '-m', '10', `http://${hostOf(node)}:30123/`])
      expect(stdout).toMatch(/^You've hit kubia-/)
      expect(status).toBe(0)
    }
  })

  test('curl from the host to the Ingress by Host header, hosts and paths', async () => {
    const port = up.kubectl(
      'get svc -n ingress-nginx ingress-nginx-controller -o jsonpath={.spec.ports[0].nodePort}',
    ).stdout
    const get = (host: string, path: string): ReturnType<UpProcess['run']> =>
      up.run('curl', [
        '-sS',
        '-m',
        '10',
        '-w',
        '\n%{http_code}',
        '-H',
        `Host: ${host}`,
        `http://${hostOf('node-1')}:${port}${path}`,
      ])
    await up.until(() => get('kubia.example.com', '/').stdout.endsWith('200'))
    expect(get('kubia.example.com', '/').stdout).toMatch(/^You've hit kubia-/)
    expect(get('httpd.example.com', '/').stdout).toContain('It works!')
    expect(get('paths.example.com', '/one').stdout).toMatch(/^You've hit kubia-/)
    expect(get('paths.example.com', '/one/deeper').stdout).toMatch(/^You've hit kubia-/)
    expect(get('paths.example.com', '/three').stdout).toMatch(/404$/)
    expect(get('nobody.example.com', '/').stdout).toMatch(/404$/)
  }, 60_000)

  test('dig from the host for a service name, UDP and TCP', () => {
    const clusterIp = up.kubectl('get svc kubia -o jsonpath={.spec.clusterIP}').stdout
    const [, address = '', port = ''] = /dig @(\S+) -p (\d+)/.exec(up.output) ?? []
    for (const transport of ['+notcp', '+tcp']) {
      const { stdout } = up.run('dig', [
        `@${address}`,
        '-p',
        port,
        transport,
        '+short',
        'kubia.default.svc.cluster.local',
      ])
      expect(stdout.trim()).toBe(clusterIp)
    }
  })

  test('outside the cluster, cluster names do not resolve', () => {
    const { stderr, status } = up.exec('external', 'curl', 'kubia.default.svc.cluster.local')
    expect(stderr).toContain('curl: (6) Could not resolve host: kubia.default.svc.cluster.local')
    expect(status).toBe(6)
  })

  test('outside the cluster, a node port answers', () => {
    expect(up.exec('external', 'curl', '-s', 'http://172.18.0.2:30123/').stdout).toMatch(/^You've hit kubia-/)
  })

  test('iptables-save on a node shows the Service’s chains', () => {
    const { stdout } = up.exec('node/node-1', 'iptables-save', '-t', 'nat')
    expect(stdout).toMatch(
      /-A KUBE-SERVICES -d \S+\/32 -p tcp -m comment --comment "default\/kubia cluster IP" -m tcp --dport 80 -j KUBE-SVC-\w{16}/,
    )
  })

  test('kubectl delete pod: a new one comes, and the endpoints follow', async () => {
    const [name = ''] = podNames('app=kubia')
    expect(up.kubectl(`delete pod ${name}`).stdout).toContain(`pod "${name}" deleted`)
    settled('kubia')
    await up.until(
      () => podNames('app=kubia').length === 3 && endpointIps('kubia').join() === podIps('app=kubia').join(),
    )
    expect(podNames('app=kubia')).not.toContain(name)
  }, 90_000)

  test('nothing was reported as a bug on the way', () => {
    expect(up.errors).toBe('')
  })

  test('Ctrl-C ends it with status 0', async () => {
    expect(await up.stop('SIGINT')).toBe(0)
  })
})
