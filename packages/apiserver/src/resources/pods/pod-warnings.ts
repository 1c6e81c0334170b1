// Warnings about pods and templates that are accepted but questionable. Source: kubernetes pkg/api/pod/warnings.go.

import type { Container, PodSpec } from '../../objects/index.ts'
import { quote } from '../../validation/field-errors.ts'
import { dnsLabel } from '../../validation/names.ts'

type Warn = (text: string) => void

export function warnAboutPodName(name: string, warn: Warn): void {
  const problems = dnsLabel(name)
  if (name === '' || problems.length === 0) return
  warn(
    "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is " +
      `recommended: [${problems.join(' ')}]`,
  )
}

/** Names of workloads become part of their pods' names. */
export function warnAboutWorkloadName(name: string, warn: Warn): void {
  const problems = dnsLabel(name)
  if (name === '' || problems.length === 0) return
  warn(
    'metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is ' +
      `recommended: [${problems.join(' ')}]`,
  )
}

export function warnAboutPodSpec(spec: PodSpec, path: string, warn: Warn): void {
  for (const [index, reference] of (spec.imagePullSecrets ?? []).entries()) {
    if ((reference.name ?? '') === '') warn(`${path}.imagePullSecrets[${index}].name: invalid empty name ""`)
  }
  for (const [index, container] of spec.containers.entries()) warnAbout(container, `${path}.containers[${index}]`, warn)
  for (const [index, container] of (spec.initContainers ?? []).entries()) {
    warnAbout(container, `${path}.initContainers[${index}]`, warn)
  }
}

function warnAbout(container: Container, path: string, warn: Warn): void {
  const { env, ports } = container
  if (env !== undefined && env.length > 1) {
    const names = new Set<string>()
    for (const [index, { name }] of env.entries()) {
      if (names.has(name)) {
        warn(
          `${path}.env[${index}]: hides previous definition of ${quote(name)}, which may be dropped when using apply`,
        )
      }
      names.add(name)
    }
  }
  if (ports !== undefined && ports.length > 1) warnAboutPorts(ports, path, warn)
}

function warnAboutPorts(ports: NonNullable<Container['ports']>, path: string, warn: Warn): void {
  const seen = new Map<string, number>()
  for (const [index, { containerPort, protocol = '', hostPort = 0, hostIP = '' }] of ports.entries()) {
    const key = `${containerPort}/${protocol}/${hostPort}/${hostIP}`
    const first = seen.get(key)
    if (first === undefined) seen.set(key, index)
    else warn(`${path}.ports[${index}]: duplicate port definition with ${path}.ports[${first}]`)
  }
}
