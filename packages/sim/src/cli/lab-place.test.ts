import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { loadHttpDoor } from '@podwire/apiserver'
import { checkKubeconfigPlace } from './kubeconfig-place.ts'
import { emptyFolder, labKubeconfig } from './lab-place.ts'

const home = mkdtempSync(join(tmpdir(), 'podwire-place-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

test.each([
  ['/home/me', '.podwire/kubeconfig'],
  ['/home/me/.podwire/lab', '/home/me/.podwire/kubeconfig'],
  ['/home/me/.podwire/lab/more', '/home/me/.podwire/kubeconfig'],
  ['/home/me/.podwire/labs', '.podwire/kubeconfig'],
])('who starts a lab in %s has its kubeconfig in %s', (here, kubeconfig) => {
  expect(labKubeconfig(here)).toBe(kubeconfig)
})

test('a folder is emptied and stays the same folder', () => {
  const folder = join(home, 'lab')
  emptyFolder(folder)
  mkdirSync(join(folder, 'old'))
  writeFileSync(join(folder, 'old', 'a.yaml'), '')
  const { ino } = statSync(folder)
  emptyFolder(folder)
  expect([readdirSync(folder), statSync(folder).ino]).toEqual([[], ino])
})

describe('where a kubeconfig is written', () => {
  const place = join(home, 'kubeconfig')
  const config = (name: string, server: string, authority = ''): string =>
    JSON.stringify({
      clusters: [
        { name, cluster: { server, 'certificate-authority-data': Buffer.from(authority).toString('base64') } },
      ],
      users: [{ name, user: { token: 'x' } }],
    })

  test.each([
    { name: 'nothing', text: ' \n', lost: false },
    { name: 'that of a podwire that has ended', text: config('podwire', 'https://127.0.0.1:1'), lost: false },
    { name: 'another cluster’s', text: config('kind-work', 'https://127.0.0.1:1'), lost: true },
    { name: 'something else', text: 'my notes: [', lost: true },
  ])('nobody loses anything: $name', async ({ text, lost }) => {
    writeFileSync(place, text)
    const checked = checkKubeconfigPlace(place)
    if (lost) await expect(checked).rejects.toThrow('what stands there is not podwire’s, and would be lost')
    else expect(await checked).toBeUndefined()
  })

  test('one that cannot be read is told in words', async () => {
    await expect(checkKubeconfigPlace(home)).rejects.toThrow(
      `Failed to look at ${home}: it is a folder. Give another --kubeconfig.`,
    )
  })

  test('nor the way to a cluster that runs', async () => {
    const { createServerCertificates } = await loadHttpDoor()
    const { key, certificate, authority } = await createServerCertificates({ nowMs: Date.now(), randomBytes })
    const server = createServer({ key, cert: certificate }, (_request, response) => response.end())
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const address = server.address()
    const url = `https://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`
    writeFileSync(place, config('podwire', url, authority))
    await expect(checkKubeconfigPlace(place)).rejects.toThrow(
      `the cluster it leads to is running, at ${url}. Stop that one`,
    )
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
    expect(await checkKubeconfigPlace(place)).toBeUndefined()
  })
})
