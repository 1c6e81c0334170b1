// /version, shaped as kube-apiserver 1.36 answers it. The release is the one the cluster was told to be.

import { PodwireError } from '@podwire/engine'

export interface KubernetesVersion {
  readonly major: number
  readonly minor: number
  /** e.g. `v1.36.2` */
  readonly git: string
}

/** @throws PodwireError for anything but `v1.36.2` or `1.36.2` */
export function parseKubernetesVersion(text: string): KubernetesVersion {
  const match = /^v?(\d+)\.(\d+)\.(\d+)/.exec(text)
  if (match === null)
    throw new PodwireError('read the Kubernetes version', `"${text}" is no version`, 'Use e.g. v1.36.2.')
  return { major: Number(match[1]), minor: Number(match[2]), git: text.startsWith('v') ? text : `v${text}` }
}

/** Releases say since then which other release they behave like. */
const EMULATION_SINCE = 33

function emulation({ major, minor }: KubernetesVersion): object {
  if (minor < EMULATION_SINCE) return {}
  return {
    emulationMajor: String(major),
    emulationMinor: String(minor),
    minCompatibilityMajor: String(major),
    minCompatibilityMinor: String(minor - 1),
  }
}

export function versionDocument(version: KubernetesVersion): object {
  const { major, minor, git } = version
  return {
    major: String(major),
    minor: String(minor),
    ...emulation(version),
    gitVersion: git,
    gitCommit: 'podwire',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: `node${process.versions.node}`,
    compiler: 'gc',
    platform: 'linux/amd64',
  }
}
