// Options of Windows containers. Source: kubernetes core/validation (validateWindowsSecurityContextOptions,
// validateWindowsHostProcessPod).

import type { PodSpec, SecurityContext, WindowsSecurityContextOptions } from '../../../objects/index.ts'
import type { FieldError } from '../../../validation/field-error.ts'
import { invalid, pushProblems } from '../../../validation/field-errors.ts'
import { byteLength, dnsSubdomain } from '../../../validation/names.ts'
import { visitContainers } from './pod-scope.ts'

const MAX_CREDENTIAL_KIB = 64
const MAX_DOMAIN = 256
const MAX_USER = 104

export function validateWindowsOptions(
  { gmsaCredentialSpecName, gmsaCredentialSpec, runAsUserName }: WindowsSecurityContextOptions,
  path: string,
  errors: FieldError[],
): void {
  if (gmsaCredentialSpecName !== undefined) {
    const at = `${path}.gmsaCredentialSpecName`
    pushProblems(dnsSubdomain(gmsaCredentialSpecName), at, gmsaCredentialSpecName, errors)
  }
  if (gmsaCredentialSpec !== undefined) {
    pushProblems(credentialProblems(gmsaCredentialSpec), `${path}.gmsaCredentialSpec`, gmsaCredentialSpec, errors)
  }
  if (runAsUserName !== undefined) {
    pushProblems(userNameProblems(runAsUserName), `${path}.runAsUserName`, runAsUserName, errors)
  }
}

function credentialProblems(spec: string): readonly string[] {
  if (spec === '') return ['gmsaCredentialSpec cannot be an empty string']
  if (byteLength(spec) <= MAX_CREDENTIAL_KIB * 1024) return []
  return [`gmsaCredentialSpec size must be under ${MAX_CREDENTIAL_KIB} KiB`]
}

const CONTROL = /[\u0000-\u001f\u007f]/
const NET_BIOS = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/
const DNS_LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?'
const DNS_NAME = new RegExp(`^${DNS_LABEL}(?:\\.${DNS_LABEL})*$`)

/** DOMAIN\user, or a user alone. */
function userNameProblems(name: string): readonly string[] {
  if (name === '') return ['runAsUserName cannot be an empty string']
  if (CONTROL.test(name)) return ['runAsUserName cannot contain control characters']
  const parts = name.split('\\')
  if (parts.length > 2) return ['runAsUserName cannot contain more than one backslash']
  const domain = parts.length === 2 ? (parts[0] ?? '') : undefined
  const user = parts.at(-1) ?? ''
  const problems: string[] = []
  if (domain !== undefined && byteLength(domain) >= MAX_DOMAIN) {
    problems.push(`runAsUserName's Domain length must be under ${MAX_DOMAIN} characters`)
  }
  if (domain !== undefined && !NET_BIOS.test(domain) && !DNS_NAME.test(domain)) {
    problems.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format")
  }
  if (user === '') problems.push("runAsUserName's User cannot be empty")
  else if (byteLength(user) > MAX_USER) {
    problems.push(`runAsUserName's User length must not be longer than ${MAX_USER} characters`)
  }
  if (/^[. ]+$/.test(user)) problems.push("runAsUserName's User cannot contain only periods or spaces")
  if (/["/\\:;|=,+*?<>@[\]]/.test(user)) {
    problems.push(`runAsUserName's User cannot contain the following characters: "/\\:;|=,+*?<>@[]`)
  }
  return problems
}

/** Few pods do, and the others need no walk through their containers. */
function mentionsWindows({ securityContext, containers, initContainers }: PodSpec): boolean {
  if (securityContext?.windowsOptions !== undefined) return true
  const has = (container: { readonly securityContext?: SecurityContext }): boolean =>
    container.securityContext?.windowsOptions !== undefined
  return containers.some(has) || (initContainers?.some(has) ?? false)
}

/** Containers that are processes of the host: all or none, and on its network. */
export function validateHostProcess(spec: PodSpec, path: string, errors: FieldError[]): void {
  if (!mentionsWindows(spec)) return
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess
  let all = 0
  let onHost = 0
  visitContainers(spec, path, ({ securityContext }, containerPath) => {
    all++
    const own = securityContext?.windowsOptions?.hostProcess
    if (ofPod !== undefined && own !== undefined && ofPod !== own) {
      const text = `pod hostProcess value must be identical if both are specified, was ${ofPod}`
      errors.push(invalid(`${containerPath}.securityContext.windowsOptions.hostProcess`, own, text))
    }
    if (own ?? ofPod ?? false) onHost++
  })
  if (onHost === 0) return
  if (onHost !== all) {
    const text = 'If pod contains any hostProcess containers then all containers must be HostProcess containers'
    errors.push(invalid(path, '', text))
  }
  if (spec.hostNetwork !== true) {
    const text = 'hostNetwork must be true if pod contains any hostProcess containers'
    errors.push(invalid(`${path}.hostNetwork`, false, text))
  }
}
