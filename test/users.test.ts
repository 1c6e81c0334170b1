// Users other than the administrator, as kubectl sees them on a bare server: certificates, tokens, impersonation, RBAC.

import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from './referees.ts'
import { root, UpProcess, type Ran } from './up.ts'

const podwire = join(root, 'packages', 'sim', 'bin', 'podwire.js')

const POLICY = `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: reader, namespace: default }
rules: [{ apiGroups: [''], resources: [pods, configmaps], verbs: [get, list] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: readers, namespace: default }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader }
subjects: [{ kind: Group, name: dev, apiGroup: rbac.authorization.k8s.io }]
`

describeWith(['kubectl'], 'users', () => {
  let up: UpProcess
  let alice: string

  beforeAll(async () => {
    up = new UpProcess(['--bare'])
    await up.ready()
    alice = `${up.kubeconfig}.alice`
    const args = ['kubeconfig', '--kubeconfig', up.kubeconfig, '--user', 'alice', '--group', 'dev', '--output', alice]
    expect(up.run(process.execPath, [podwire, ...args])).toMatchObject({ status: 0, stderr: '' })
  }, 60_000)

  afterAll(async () => {
    await up.stop()
  })

  const asAlice = (args: string): Ran => up.kubectl(`--kubeconfig ${alice} ${args}`)

  test('a bare server has its namespaces, their accounts, and no pods', () => {
    expect(up.kubectl('get namespaces -o name').stdout.split('\n').slice(0, -1)).toEqual([
      'namespace/default',
      'namespace/kube-node-lease',
      'namespace/kube-public',
      'namespace/kube-system',
    ])
    expect(up.kubectl('get serviceaccounts,configmaps -o name').stdout).toBe(
      'serviceaccount/default\nconfigmap/kube-root-ca.crt\n',
    )
    expect(up.kubectl('get pods,nodes -A').stderr).toBe('No resources found\n')
  })

  test('the certificate says who she is', () => {
    const { stdout } = asAlice('auth whoami -o jsonpath={.status.userInfo.username},{.status.userInfo.groups}')
    expect(stdout).toBe('alice,["dev","system:authenticated"]')
  })

  test('she may do nothing until a role is bound to her group', () => {
    expect(asAlice('get pods').stderr).toBe(
      'Error from server (Forbidden): pods is forbidden: User "alice" cannot list resource "pods" in API group "" in the namespace "default"\n',
    )
    expect(up.kubectl('auth reconcile -f -', POLICY).stdout).toContain(
      'rolebinding.rbac.authorization.k8s.io/readers reconciled',
    )
    expect(asAlice('get configmaps -o name').stdout).toBe('configmap/kube-root-ca.crt\n')
    expect(asAlice('get secrets').stderr).toContain('cannot list resource "secrets"')
    expect(['get', 'delete'].map((verb) => asAlice(`auth can-i ${verb} pods`).stdout)).toEqual(['yes\n', 'no\n'])
    expect(asAlice('auth can-i --list').stdout).toMatch(/^configmaps +\[\] +\[\] +\[get list\]$/m)
  })

  test('she cannot grant what she does not hold', () => {
    up.kubectl('create clusterrole granter --verb=create,get --resource=roles.rbac.authorization.k8s.io')
    up.kubectl('create rolebinding granter --clusterrole=granter --user=alice')
    expect(asAlice('create role mine --verb=get --resource=pods').status).toBe(0)
    expect(asAlice('create role more --verb=get,delete --resource=pods').stderr).toBe(
      'Error from server (Forbidden): roles.rbac.authorization.k8s.io "more" is forbidden: user "alice" (groups=["dev" "system:authenticated"]) ' +
        'is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}\n',
    )
  })

  test('a service account’s token is a user, too', () => {
    up.kubectl('create serviceaccount robot')
    up.kubectl('create rolebinding robot --clusterrole=view --serviceaccount=default:robot')
    const token = up.kubectl('create token robot').stdout.trim()
    const server = up.kubectl('config view -o jsonpath={.clusters[0].cluster.server}').stdout
    const asRobot = (args: string): Ran =>
      up.kubectl(`--kubeconfig /dev/null --server ${server} --insecure-skip-tls-verify --token ${token} ${args}`)
    expect(asRobot('get pods').stderr).toBe('No resources found in default namespace.\n')
    expect(asRobot('get secrets').stderr).toContain(
      'User "system:serviceaccount:default:robot" cannot list resource "secrets"',
    )
    expect(asRobot('get pods -n kube-system').stderr).toContain('Forbidden')
    const impersonated = up.kubectl('get pods --as system:serviceaccount:default:robot')
    expect(impersonated.stderr).toBe('No resources found in default namespace.\n')
  })

  test('she may not act as somebody else', () => {
    expect(asAlice('get pods --as bob').stderr).toContain(
      'User "alice" cannot impersonate-on:user-info:list resource "pods" in API group ""',
    )
  })
})
