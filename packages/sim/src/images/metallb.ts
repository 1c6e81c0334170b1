// quay.io/metallb/controller and quay.io/metallb/speaker: the processes of @podwire/controllers in their pods. The image's tag is
// the release they behave as. A speaker that is told to end says goodbye; one that is killed, or whose node loses power, does not.

import type { Client } from '@podwire/apiserver'
import { Memberlist, releaseOf, type SpeakerNetwork, startMetalLbController, startSpeaker } from '@podwire/controllers'
import type { Engine } from '@podwire/engine'
import { componentImage } from './component.ts'
import { flagValue } from './flags.ts'
import type { ContainerContext, Image, RunningProgram } from './image.ts'

export interface MetalLbImagesOptions {
  readonly engine: Engine
  readonly client: Client
  /** What the speaker of a node does to the network. */
  readonly network: (node: string) => SpeakerNetwork
}

const METRICS_PORT = 7472
const MEMBERLIST_PORT = 7946
const WEBHOOK_PORT = 9443

/** Controller and speaker; all speakers of a cluster share one memberlist. */
export function metalLbImages({ engine, client, network }: MetalLbImagesOptions): readonly Image[] {
  const memberlist = new Memberlist(engine)
  return [
    componentImage({
      name: 'metallb/controller',
      entrypoint: ['/controller'],
      ports: [METRICS_PORT, WEBHOOK_PORT],
      run: (context) => startMetalLbController({ engine, client, ...settingsOf(context) }),
    }),
    {
      name: 'metallb/speaker',
      entrypoint: ['/speaker'],
      ports: [METRICS_PORT, MEMBERLIST_PORT],
      libc: 'glibc',
      distroless: true,
      start: (context): RunningProgram => {
        const node = context.pod.spec.nodeName ?? ''
        const settings = settingsOf(context)
        const speaker = startSpeaker({ engine, client, node, memberlist, network: network(node), ...settings })
        let ended = false
        const end = (how: () => void): void => {
          if (!ended) how()
          ended = true
        }
        return {
          signal: (signal) => {
            if (signal !== 'SIGTERM' && signal !== 'SIGINT') return
            end(() => speaker.leave())
            context.exit(0)
          },
          stop: () => end(() => speaker.crash()),
        }
      },
    },
  ]
}

function settingsOf(context: ContainerContext): {
  readonly namespace: string
  readonly configMap: string
  readonly loadBalancerClass?: string
  readonly release: ReturnType<typeof releaseOf>
  readonly log: (line: string) => void
} {
  const { pod, containerName, command } = context
  const image = pod.spec.containers.find(({ name }) => name === containerName)?.image ?? ''
  const loadBalancerClass = flagValue(command, 'lb-class')
  return {
    namespace: pod.metadata.namespace ?? '',
    configMap: flagValue(command, 'config') ?? 'config',
    ...(loadBalancerClass === undefined ? {} : { loadBalancerClass }),
    release: releaseOf(image),
    log: (msg) => context.stdout(`${JSON.stringify({ level: 'error', msg })}\n`),
  }
}
