// The images podwire brings, by every name they answer to. Components that need the composition root (kube-proxy, the
// control plane) are registered by it: see component.ts.

import { agnhost } from './agnhost/agnhost.ts'
import { conformanceEcho } from './conformance-echo.ts'
import { batchJob, ssdMonitor } from './course.ts'
import { echoServer, httpEcho, whoami } from './echo-servers.ts'
import { httpd } from './httpd.ts'
import type { Image } from './image.ts'
import { kubia, kubiaUnhealthy } from './kubia.ts'
import { myblog } from './myblog.ts'
import { mysql } from './mysql.ts'
import { nginx } from './nginx.ts'
import { pause } from './pause.ts'
import { redis } from './redis/redis.ts'
import { alpine, busybox, curl, debian, dnsutils, netshoot } from './toolbox.ts'

const IMAGES: readonly Image[] = [
  agnhost,
  alpine,
  batchJob,
  busybox,
  conformanceEcho,
  curl,
  debian,
  dnsutils,
  echoServer,
  httpEcho,
  httpd,
  kubia,
  kubiaUnhealthy,
  myblog,
  mysql,
  netshoot,
  nginx,
  pause,
  redis,
  ssdMonitor,
  whoami,
]

export const BUILT_IN_IMAGES: ReadonlyMap<string, Image> = new Map(
  // Their real counterparts run as root unless they say otherwise.
  IMAGES.map((image): Image => ({ user: 0, ...image })).flatMap((image) =>
    [image.name, ...(image.aliases ?? [])].map((name) => [name, image] as const),
  ),
)
