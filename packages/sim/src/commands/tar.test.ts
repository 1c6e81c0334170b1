import { expect, test } from 'vitest'
import { createKubeletWorld } from '../kubelet/kubelet-world.suite.ts'

async function logOf(script: string): Promise<string> {
  const world = createKubeletWorld()
  world.create('job', {
    containers: [{ name: 'main', image: 'busybox', command: ['sh', '-c', script] }],
    restartPolicy: 'Never',
  })
  await world.driver.settle()
  return world.kubelet.pod('default', 'job')?.slot('main')?.log?.read({ timestamps: false }) ?? ''
}

const long = `${'directory/'.repeat(14)}file`

test.each([
  ['through a pipe', 'mkdir -p /a/b; echo hi > /a/b/f; tar cf - -C / a | tar xf - -C /tmp; cat /tmp/a/b/f', 'hi\n'],
  ['through a file, listed', 'echo hi > /tmp/f; cd /tmp; tar cf x.tar f; tar tf x.tar', 'f\n'],
  [
    'long names',
    `mkdir -p /tmp/${long.slice(0, -5)}; echo hi > /tmp/${long}; cd /tmp; tar cf - ${long} | tar xf - -C /root; cat /root/${long}`,
    'hi\n',
  ],
  [
    'a missing file',
    'tar cf /tmp/x.tar nope; echo $?',
    'tar: nope: No such file or directory\ntar: error exit delayed from previous errors\n1\n',
  ],
  [
    'no archive',
    'echo garbage in here > /tmp/g; for i in 1 2 3 4 5 6 7; do cat /tmp/g /tmp/g /tmp/g /tmp/g /tmp/g >> /tmp/h; done; tar xf /tmp/h; echo $?',
    'tar: invalid tar magic\n1\n',
  ],
  ['compressed', 'echo hi > /tmp/f; cd /tmp; tar zcf x.tgz f; rm f; tar xzf x.tgz; cat f', 'hi\n'],
  [
    'a leading /',
    'echo hi > /tmp/f; tar cf /tmp/x.tar /tmp/f; tar tf /tmp/x.tar',
    "tar: removing leading '/' from member names\ntmp/f\n",
  ],
  ['what is not compressed', 'echo hi > /tmp/f; tar xzf /tmp/f; echo $?', 'tar: invalid magic\n1\n'],
  ['other compression', 'tar xJf /tmp/x; echo $?', 'tar: podwire does not simulate compression (-J)\n2\n'],
])('tar: %s', async (_name, script, expected) => {
  expect(await logOf(script)).toBe(expected)
})
