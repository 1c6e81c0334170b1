import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
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
