// The names `--controllers` takes: kube-controller-manager's own, the short ones of its older releases, and those of controllers
// podwire does not have, which may be left out but not asked for. Which of several mentions counts is upstream's rule: the first.
// Source: kubernetes cmd/kube-controller-manager/names, controller-manager/app IsControllerEnabled.

import { PodwireError } from '@podwire/engine'

/** The control plane's other program; the list says whether it runs, too. */
export const SCHEDULER = 'scheduler'

/** Runs whatever the list says, even that it does not: upstream starts it before it reads the list (app/controllermanager.go). */
const ALWAYS = 'serviceaccount-token-controller'

/** Older releases' names that are more than the new one without `-controller`. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['endpoint', 'endpoints-controller'],
  ['endpointslicemirroring', 'endpointslice-mirroring-controller'],
  ['garbagecollector', 'garbage-collector-controller'],
  ['nodeipam', 'node-ipam-controller'],
  ['nodelifecycle', 'node-lifecycle-controller'],
  ['pv-protection', 'persistentvolume-protection-controller'],
  ['pvc-protection', 'persistentvolumeclaim-protection-controller'],
  ['podgc', 'pod-garbage-collector-controller'],
  ['root-ca-cert-publisher', 'root-ca-certificate-publisher-controller'],
])

const NOT_SIMULATED: ReadonlySet<string> = new Set([
  'attachdetach',
  'bootstrap-signer-controller',
  'bootstrapsigner',
  'certificatesigningrequest-approving-controller',
  'certificatesigningrequest-cleaner-controller',
  'certificatesigningrequest-signing-controller',
  'cloud-node-lifecycle',
  'cloud-node-lifecycle-controller',
  'csrapproving',
  'csrcleaner',
  'csrsigning',
  'ephemeral-volume',
  'ephemeral-volume-controller',
  'horizontal-pod-autoscaler-controller',
  'horizontalpodautoscaling',
  'legacy-serviceaccount-token-cleaner-controller',
  'node-route-controller',
  'persistentvolume-attach-detach-controller',
  'persistentvolume-binder',
  'persistentvolume-binder-controller',
  'persistentvolume-expander',
  'persistentvolume-expander-controller',
  'resource-claim-controller',
  'resourceclaim-controller',
  'route',
  'selinux-warning-controller',
  'service',
  'service-lb-controller',
  'storage-version-gc',
  'storage-version-migrator-controller',
  'storageversion-garbage-collector-controller',
  'token-cleaner-controller',
  'tokencleaner',
  'validatingadmissionpolicy-status-controller',
  'volumeattributesclass-protection-controller',
])

interface Choice {
  readonly name: string
  readonly on: boolean
}

/** Which of the `known` controllers a list asks for. An unknown name is a mistake, not a silence. */
export class ChosenControllers {
  readonly #choices: readonly Choice[]

  /** @param known canonical names; the scheduler's is known besides. @throws PodwireError for a name that is none */
  constructor(list: readonly string[], known: readonly string[]) {
    const names: ReadonlySet<string> = new Set([...known, SCHEDULER, '*'])
    this.#choices = list.map((entry) => readEntry(entry.trim(), names))
  }

  has(name: string): boolean {
    if (name === ALWAYS) return true
    const mentioned = this.#choices.find((choice) => choice.name === name)
    return mentioned?.on ?? this.#choices.some((choice) => choice.name === '*' && choice.on)
  }
}

function readEntry(entry: string, known: ReadonlySet<string>): Choice {
  const on = !entry.startsWith('-')
  const given = on ? entry : entry.slice(1)
  const long = `${given}-controller`
  const name = ALIASES.get(given) ?? (!known.has(given) && known.has(long) ? long : given)
  if (known.has(name) || (!on && NOT_SIMULATED.has(name))) return { name, on }
  const why = NOT_SIMULATED.has(name)
    ? `podwire does not simulate ${name}`
    : `${JSON.stringify(given)} is not in the list of known controllers`
  const all = [...known].filter((one) => one !== '*').join(', ')
  throw new PodwireError('start the controllers', why, `Known are ${all}; * is all of them, -NAME leaves one out.`)
}
