// Files that every image of a family has, where the image brings none of its own: users and groups, and what the system calls itself.
// Sources: base-passwd's and Alpine's passwd and group, os-release(5).

import type { Image } from '../images/image.ts'

const NOBODY = 'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin'

const PASSWD: ReadonlyMap<string, string> = new Map([
  ['alpine', `root:x:0:0:root:/root:/bin/sh\n${NOBODY}\n`],
  ['busybox', `root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/usr/sbin:/bin/false\n${NOBODY}\n`],
  ['debian', `root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n${NOBODY}\n`],
])

const GROUP = 'root:x:0:\ndaemon:x:1:\nnogroup:x:65534:\n'

const OS_RELEASE: ReadonlyMap<string, string> = new Map([
  [
    'alpine',
    'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.20.0\nPRETTY_NAME="Alpine Linux v3.20"\nHOME_URL="https://alpinelinux.org/"\n',
  ],
  [
    'debian',
    'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nVERSION="12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\nHOME_URL="https://www.debian.org/"\n',
  ],
])

/** Which of the three an image is built on: glibc with busybox is busybox's own image, which has no os-release. */
export function imageFamily({ libc, userland, distroless }: Image): 'alpine' | 'busybox' | 'debian' {
  if (libc === 'musl' && distroless !== true) return 'alpine'
  return userland === 'busybox' ? 'busybox' : 'debian'
}

/** By absolute path. */
export function baseFiles(image: Image): ReadonlyMap<string, string> {
  const system = imageFamily(image)
  const files = new Map([
    ['/etc/group', GROUP],
    ['/etc/passwd', PASSWD.get(system) ?? ''],
  ])
  const release = OS_RELEASE.get(system)
  if (release !== undefined) files.set('/etc/os-release', release)
  if (system === 'alpine') files.set('/etc/alpine-release', '3.20.0\n')
  if (system === 'debian') files.set('/etc/debian_version', '12.5\n')
  return files
}
