import type { Container } from '@podwire/apiserver'
import { Engine, SECOND, VirtualTimeDriver } from '@podwire/engine'
import { createFileTree } from '@podwire/shell'
import { expect, test } from 'vitest'
import { httpd } from '../images/httpd.ts'
import type { Image } from '../images/image.ts'
import { nginx } from '../images/nginx.ts'
import { redis } from '../images/redis/redis.ts'
import { commandLine } from './command-line.ts'
import { ContainerFiles } from './container-files.ts'
import { LogBuffer } from './log-buffer.ts'
import { ReadOnlyFiles } from './read-only-files.ts'

const server: Image = {
  name: 'server',
  entrypoint: ['/entry.sh'],
  defaultArguments: ['serverd', '-f'],
  programNames: new Set(['serverd']),
  ports: [],
  libc: 'glibc',
  files: new Map([['/srv/index.html', 'hello']]),
  start: () => ({ signal: () => undefined }),
}
const { start: _start, ...rest } = server
const toolbox: Image = { ...rest, entrypoint: [], defaultArguments: ['sh'] }

test.each<{ name: string; image: Image; container: Partial<Container>; argv: string; program: string }>([
  { name: 'nothing given', image: server, container: {}, argv: '/entry.sh serverd -f', program: 'image' },
  { name: 'args replace CMD', image: server, container: { args: ['-x'] }, argv: '/entry.sh -x', program: 'image' },
  {
    name: 'its own program by name',
    image: server,
    container: { command: ['serverd', '-q'] },
    argv: 'serverd -q',
    program: 'image',
  },
  {
    name: 'its own program by path',
    image: server,
    container: { command: ['/usr/sbin/serverd'] },
    argv: '/usr/sbin/serverd',
    program: 'image',
  },
  {
    name: 'another program',
    image: server,
    container: { command: ['sleep'], args: ['5'] },
    argv: 'sleep 5',
    program: 'shell',
  },
  {
    name: 'an official image: a shell',
    image: nginx,
    container: { args: ['sh', '-c', 'x'] },
    argv: 'sh -c x',
    program: 'shell',
  },
  {
    name: 'an official image: its server with other options',
    image: nginx,
    container: { args: ['nginx', '-g', 'x'] },
    argv: '/docker-entrypoint.sh nginx -g x',
    program: 'image',
  },
  {
    name: 'an official image: options alone',
    image: redis,
    container: { args: ['--appendonly', 'yes'] },
    argv: 'docker-entrypoint.sh --appendonly yes',
    program: 'image',
  },
  {
    name: 'an official image: the script by name',
    image: redis,
    container: { command: ['docker-entrypoint.sh'], args: ['redis-cli', 'ping'] },
    argv: 'redis-cli ping',
    program: 'shell',
  },
  { name: 'no entrypoint', image: httpd, container: { args: ['ls'] }, argv: 'ls', program: 'shell' },
  { name: 'a toolbox', image: toolbox, container: {}, argv: 'sh', program: 'shell' },
  {
    name: 'a toolbox with args',
    image: toolbox,
    container: { args: ['sleep', '1'] },
    argv: 'sleep 1',
    program: 'shell',
  },
  {
    name: 'references',
    image: toolbox,
    container: { command: ['echo', '$(A) $$(A)'] },
    argv: 'echo 1 $(A)',
    program: 'shell',
  },
])('command line: $name', ({ image, container, argv, program }) => {
  const line = commandLine({ name: 'main', ...container }, image, (name) => (name === 'A' ? '1' : undefined))
  expect([line.argv.join(' '), line.program]).toEqual([argv, program])
})

function files(): ContainerFiles {
  const shared = createFileTree()
  shared.makeDirectory('/sub')
  shared.write('/sub/inner', 'shared')
  return new ContainerFiles({
    image: server,
    managed: () => new Map([['/etc/hosts', 'hosts']]),
    mounts: () => [
      { path: '/data', readOnly: false, tree: shared, inside: '/sub' },
      { path: '/etc/config', readOnly: true, tree: new ReadOnlyFiles(() => new Map([['/key', 'value']])), inside: '' },
    ],
    now: () => 0,
  })
}

const read = (tree: ContainerFiles, path: string): string | undefined => {
  const content = tree.read(path)
  return content === undefined ? undefined : Buffer.from(content).toString()
}

test.each([
  { path: '/srv/index.html', content: 'hello' },
  { path: '/etc/hosts', content: 'hosts' },
  { path: '/etc/config/key', content: 'value' },
  { path: '/data/inner', content: 'shared' },
  { path: '/data/../etc/hosts', content: 'hosts' },
  { path: '/none', content: undefined },
])('reads $path', ({ path, content }) => expect(read(files(), path)).toBe(content))

test('writes go to the container or the volume, never to the image or a read-only mount', () => {
  const one = files()
  one.write('/srv/index.html', 'mine')
  one.write('/data/new', 'x')
  one.write('/etc/hosts', 'changed')
  expect([read(one, '/srv/index.html'), read(one, '/data/new'), read(one, '/etc/hosts')]).toEqual([
    'mine',
    'x',
    'changed',
  ])
  expect(read(files(), '/srv/index.html')).toBe('hello')
  expect(() => one.write('/etc/config/key', 'no')).toThrow(/Read-only file system/)
})

test('lists show mounts beside files', () => {
  expect(files().list('/etc')).toEqual(['config', 'debian_version', 'group', 'hosts', 'os-release', 'passwd'])
  expect(files().list('/data')).toEqual(['inner'])
  expect(files().list('/')).toEqual(expect.arrayContaining(['bin', 'data', 'etc', 'srv', 'tmp']))
  expect(files().list('/nowhere')).toBeUndefined()
})

test('a log keeps lines with their times, and unfinished ones until the end', () => {
  const engine = new Engine()
  const log = new LogBuffer(engine.clock)
  log.write('stdout', 'one\ntw')
  log.write('stderr', 'err\n')
  log.write('stdout', 'o\nopen')
  expect(log.read({ timestamps: false })).toBe('one\nerr\ntwo\n')
  const followed: string[] = []
  log.follow(
    (line) => followed.push(line.text),
    () => followed.push('END'),
  )
  log.end()
  expect(followed).toEqual(['open', 'END'])
  expect(log.read({ timestamps: true, tailLines: 1 })).toBe('2026-01-01T00:00:00.000000000Z open\n')
  expect(log.read({ timestamps: false, limitBytes: 5 })).toBe('one\ne')
})

test('a log nobody reads is packed, and reads back as it was written', () => {
  const log = new LogBuffer(new Engine().clock)
  const lines = Array.from({ length: 1000 }, (_, index) => `line ${index}`)
  for (const [index, line] of lines.entries()) log.write(index % 300 === 299 ? 'stderr' : 'stdout', `${line}\n`)
  expect(log.read({ timestamps: false })).toBe(`${lines.join('\n')}\n`)
  const errors = log.lines().filter(({ stream }) => stream === 'stderr')
  expect(errors.map(({ text }) => text)).toEqual(['line 299', 'line 599', 'line 899'])
  expect(log.read({ timestamps: false, tailLines: 2 })).toBe('line 998\nline 999\n')
})

test('a log that has grown past 10 MiB is rotated at the next look of the log monitor', async () => {
  const engine = new Engine()
  const driver = new VirtualTimeDriver(engine)
  const log = new LogBuffer(engine.clock)
  await driver.advance(2 * SECOND)
  for (let i = 0; i < 11; i++) log.write('stdout', `${'x'.repeat(1024 * 1024)}\n`)
  log.write('stdout', 'still in the old file\n')
  expect(log.lines()).toHaveLength(12)
  await driver.advance(8 * SECOND)
  expect(log.lines()).toHaveLength(0)
  log.write('stdout', 'first of the new file\n')
  expect(log.read({ timestamps: false })).toBe('first of the new file\n')
  for (let i = 0; i < 50; i++) log.write('stdout', `${'x'.repeat(1024 * 1024)}\n`)
  // Between two looks it never holds more than twice its size.
  expect(log.lines().length).toBeLessThanOrEqual(21)
})
