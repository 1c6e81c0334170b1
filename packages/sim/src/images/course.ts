// The small images of the course's workload chapters, which only run a shell line. Source: Kubernetes in Action (Dockerfiles of
// ssd-monitor and batch-job, spelling included).

import type { Image } from './image.ts'

function shellImage(name: string, script: string): Image {
  return { name, entrypoint: ['/bin/sh', '-c', script], ports: [], libc: 'musl' }
}

export const ssdMonitor = shellImage('luksa/ssd-monitor', 'while true; do echo "SSD OK"; sleep 5; done')

export const batchJob = shellImage(
  'luksa/batch-job',
  'echo "$(date) Batch job starting"; sleep 120; echo "$(date) Finished succesfully"',
)
