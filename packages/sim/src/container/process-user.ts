// Who a container's processes are: runAsUser and runAsGroup of the container, of the pod, or the image's own user. Source: kubernetes
// pkg/securitycontext and pkg/kubelet/kuberuntime/security_context.go (verifyRunAsNonRoot). Departure: files have no owners, so a user
// decides what `id` says and whether runAsNonRoot lets the container start, and nothing else.

import type { Container, Pod } from '@podwire/apiserver'
import type { Command } from '@podwire/shell'
import type { Image } from '../images/image.ts'

export interface ProcessUser {
  readonly uid: number
  readonly gid: number
  /** fsGroup and supplementalGroups. */
  readonly groups: readonly number[]
}

export function processUser(pod: Pod, container: Container, image: Image): ProcessUser {
  const own = container.securityContext ?? {}
  const shared = pod.spec.securityContext ?? {}
  const groups = [...(shared.fsGroup === undefined ? [] : [shared.fsGroup]), ...(shared.supplementalGroups ?? [])]
  return {
    uid: own.runAsUser ?? shared.runAsUser ?? image.user ?? 0,
    gid: own.runAsGroup ?? shared.runAsGroup ?? 0,
    groups,
  }
}

/** Why a container may not run as the user it would have: the message of CreateContainerConfigError. */
export function rootProblem(pod: Pod, container: Container, image: Image): string | undefined {
  const nonRoot = container.securityContext?.runAsNonRoot ?? pod.spec.securityContext?.runAsNonRoot
  if (nonRoot !== true || processUser(pod, container, image).uid !== 0) return undefined
  const given = container.securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser
  const { name, namespace = '', uid } = pod.metadata
  const where = `(pod: "${name}_${namespace}(${uid})", container: ${container.name})`
  if (given === undefined && image.user === undefined) return undefined
  return given === 0
    ? `container's runAsUser breaks non-root policy ${where}`
    : `container has runAsNonRoot and image will run as root ${where}`
}

const named = (number: number): string => (number === 0 ? '0(root)' : String(number))

/** `id` and `whoami` of a container that does not run as root. */
export function identityCommands({ uid, gid, groups }: ProcessUser): readonly (readonly [string, Command])[] {
  const all = [gid, ...groups.filter((group) => group !== gid)]
  const id: Command = async ({ args, stdout }) => {
    const flags = args.join('')
    const text = flags.includes('u')
      ? String(uid)
      : flags.includes('g')
        ? String(gid)
        : flags.includes('G')
          ? all.join(' ')
          : `uid=${named(uid)} gid=${named(gid)} groups=${all.map(named).join(',')}`
    await stdout.write(`${text}\n`)
    return 0
  }
  const whoami: Command = async ({ stdout, stderr }) => {
    if (uid === 0) await stdout.write('root\n')
    else await stderr.write(`whoami: cannot find name for user ID ${uid}\n`)
    return uid === 0 ? 0 : 1
  }
  return [
    ['id', id],
    ['whoami', whoami],
  ]
}
