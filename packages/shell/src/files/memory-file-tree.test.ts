// Layered trees: reading through, writing on top, hiding what lies below; and equality with a plain map of paths.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ShellFileError } from '../file-tree.ts'
import { createFileTree } from './memory-file-tree.ts'

const text = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString()

describe('layers', () => {
  const image = createFileTree(
    new Map([
      ['/etc/a', 'A'],
      ['/etc/b', 'B'],
      ['/usr/bin/x', 'X'],
    ]),
  )

  test('a layer’s writes and removals leave the base alone', () => {
    const one = createFileTree(image)
    const two = createFileTree(image)
    one.write('/etc/a', 'changed')
    one.remove('/etc/b')
    one.remove('/usr')
    expect(text(one.read('/etc/a'))).toBe('changed')
    expect(one.list('/etc')).toEqual(['a'])
    expect(one.list('/')).toEqual(['etc'])
    expect(one.read('/usr/bin/x')).toBeUndefined()
    expect(text(two.read('/etc/a'))).toBe('A')
    expect(two.list('/')).toEqual(['etc', 'usr'])
  })

  test('a directory made where one was removed is empty', () => {
    const tree = createFileTree(image)
    tree.remove('/etc')
    tree.makeDirectory('/etc')
    expect(tree.list('/etc')).toEqual([])
    tree.write('/etc/c', 'C')
    expect(tree.list('/etc')).toEqual(['c'])
  })

  test('what was read stays as it was while the file grows', () => {
    const tree = createFileTree(image)
    tree.append?.('/etc/a', Buffer.from('1'))
    const before = tree.read('/etc/a')
    tree.append?.('/etc/a', Buffer.from('2'))
    expect(text(before)).toBe('A1')
    expect(text(tree.read('/etc/a'))).toBe('A12')
    expect(text(image.read('/etc/a'))).toBe('A')
  })

  test.each([
    { name: 'a missing directory', path: '/no/file', code: 'ENOENT' },
    { name: 'a file in the way', path: '/etc/a/file', code: 'ENOTDIR' },
    { name: 'a directory', path: '/etc', code: 'EISDIR' },
  ])('writing into $name fails', ({ path, code }) => {
    const tree = createFileTree(image)
    expect(() => tree.write(path, '')).toThrow(ShellFileError)
    try {
      tree.write(path, '')
    } catch (error) {
      expect(error).toMatchObject({ code })
    }
  })
})

test('any sequence of writes and removals gives what a plain map gives', () => {
  const names = fc.constantFrom('/d/a', '/d/b', '/d/e/f', '/g')
  const operation = fc.record({ path: names, content: fc.option(fc.string({ maxLength: 4 })) })
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 30 }), (operations) => {
      const base = new Map([
        ['/d/a', 'base'],
        ['/d/e/f', 'deep'],
      ])
      const tree = createFileTree(createFileTree(base))
      tree.makeDirectory('/d/e')
      const model = new Map(base)
      for (const { path, content } of operations) {
        if (content === null) {
          tree.remove(path)
          model.delete(path)
        } else {
          tree.write(path, content)
          model.set(path, content)
        }
      }
      for (const path of ['/d/a', '/d/b', '/d/e/f', '/g']) expect(text(tree.read(path))).toBe(model.get(path))
    }),
    { seed: 20_260_101 },
  )
})
