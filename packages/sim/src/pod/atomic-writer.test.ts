// The layout of a ConfigMap's volume: one directory of files, links to it, and what a container sees through them.

import { createFileTree } from '@podwire/shell'
import { describe, expect, test } from 'vitest'
import { ContainerFiles } from '../container/container-files.ts'
import { ReadOnlyFiles } from '../container/read-only-files.ts'
import { busybox } from '../images/toolbox.ts'
import { payloadPath, writePayload } from './atomic-writer.ts'

const START = '2026-01-02T03:04:05Z'
const bytes = (text: string): Uint8Array => Buffer.from(text)

function volume(files: Readonly<Record<string, string>>): ReadOnlyFiles {
  const payload = writePayload(new Map(Object.entries(files).map(([path, text]) => [path, bytes(text)])), START)
  return new ReadOnlyFiles(() => payload.files, { links: () => payload.links })
}

describe('the payload of a volume', () => {
  test('lies in a directory of its moment, which ..data points to; nested paths share their first link', () => {
    const { files, links } = writePayload(
      new Map([
        ['a.conf', bytes('1')],
        ['sub/b', bytes('2')],
        ['sub/c', bytes('3')],
      ]),
      START,
    )
    const [directory = ''] = [links.get('/..data') ?? '']
    expect(directory).toMatch(/^\.\.2026_01_02_03_04_05\.\d{10}$/)
    expect([...files.keys()]).toEqual([`/${directory}/a.conf`, `/${directory}/sub/b`, `/${directory}/sub/c`])
    expect([...links].slice(1)).toEqual([
      ['/a.conf', '..data/a.conf'],
      ['/sub', '..data/sub'],
    ])
    expect([...files.keys()].map(payloadPath)).toEqual(['/a.conf', '/sub/b', '/sub/c'])
  })

  test('changes its directory with what it holds', () => {
    const at = (text: string): string | undefined => volume({ a: text }).readLink('/..data')
    expect(at('1')).toBe(at('1'))
    expect(at('1')).not.toBe(at('2'))
  })
})

describe('mounted in a container', () => {
  const tree = volume({ 'a.conf': 'A', 'sub/b': 'B' })
  const data = createFileTree()
  const files = new ContainerFiles({
    image: busybox,
    managed: () => new Map(),
    mounts: () => [
      { path: '/etc/cfg', readOnly: true, tree, inside: '' },
      { path: '/etc/one.conf', readOnly: true, tree, inside: '/a.conf' },
      { path: '/data', readOnly: false, tree: data, inside: '' },
    ],
    now: () => 0,
  })
  const text = (path: string): string | undefined => {
    const content = files.read(path)
    return content === undefined ? undefined : Buffer.from(content).toString()
  }

  test('files are read through the links, and a file mounted alone is no link', () => {
    expect(text('/etc/cfg/a.conf')).toBe('A')
    expect(text('/etc/cfg/sub/b')).toBe('B')
    expect(files.readLink('/etc/cfg/a.conf')).toBe('..data/a.conf')
    expect(text('/etc/one.conf')).toBe('A')
    expect(files.readLink('/etc/one.conf')).toBeUndefined()
    expect(files.list('/etc/cfg')).toEqual([expect.stringMatching(/^\.\.2026/) as string, '..data', 'a.conf', 'sub'])
  })

  test('links of the container lead across its volumes, and what is read-only stays so through them', () => {
    files.makeLink('/data/cfg', '/etc/cfg')
    files.makeLink('/tmp/d', '../data')
    expect(text('/tmp/d/cfg/a.conf')).toBe('A')
    files.write('/tmp/d/new', 'N')
    expect(Buffer.from(data.read('/new') ?? []).toString()).toBe('N')
    expect(() => files.write('/tmp/d/cfg/a.conf', 'x')).toThrow('Read-only file system')
    expect(files.remove('/data/cfg')).toBe(true)
    expect(text('/etc/cfg/a.conf')).toBe('A')
  })

  test('links in a circle lead nowhere, and to change something through them is an error', () => {
    files.makeLink('/tmp/a', 'b')
    files.makeLink('/tmp/b', 'a')
    expect(files.read('/tmp/a')).toBeUndefined()
    expect(files.list('/tmp/a')).toBeUndefined()
    expect(() => files.write('/tmp/a', 'x')).toThrow('Too many levels of symbolic links')
  })
})
