import { describe, expect, it } from 'vitest'
import { container, errorsOf, type Row } from './refusals.suite.ts'

const at = 'spec.containers[0].securityContext'
const pod = 'spec.securityContext'
const secure = (fields: object): object => container({ securityContext: fields })
const ID = 'must be between 0 and 2147483647, inclusive'
const STRUCT =
  '{"Capabilities":{"Add":["CAP_SYS_ADMIN"],"Drop":null},"Privileged":true,"SELinuxOptions":null,"WindowsOptions":null,' +
  '"RunAsUser":null,"RunAsGroup":null,"RunAsNonRoot":null,"ReadOnlyRootFilesystem":null,"AllowPrivilegeEscalation":false,' +
  '"ProcMount":null,"SeccompProfile":null,"AppArmorProfile":null}'

describe('containers', () => {
  it.each<Row>([
    [
      'users',
      secure({ runAsUser: -1, runAsGroup: 2 ** 31 }),
      [`${at}.runAsUser: Invalid value: -1: ${ID}`, `${at}.runAsGroup: Invalid value: 2147483648: ${ID}`],
    ],
    [
      'no escalation, and all rights',
      secure({ allowPrivilegeEscalation: false, privileged: true, capabilities: { add: ['CAP_SYS_ADMIN'] } }),
      [
        `${at}: Invalid value: ${STRUCT}: cannot set \`allowPrivilegeEscalation\` to false and \`privileged\` to true`,
        `${at}: Invalid value: ${STRUCT}: cannot set \`allowPrivilegeEscalation\` to false and \`capabilities.Add\` CAP_SYS_ADMIN`,
      ],
    ],
    [
      'an open /proc',
      secure({ procMount: 'Unmasked' }),
      [`${at}.procMount: Invalid value: "Unmasked": \`hostUsers\` must be false to use \`Unmasked\``],
    ],
    ['an open /proc for users of its own', { hostUsers: false, ...secure({ procMount: 'Unmasked' }) }, []],
    [
      'an unknown /proc',
      secure({ procMount: 'X' }),
      [`${at}.procMount: Unsupported value: "X": supported values: "Default", "Unmasked"`],
    ],
    [
      'seccomp without a profile',
      secure({ seccompProfile: { type: 'Localhost' } }),
      [`${at}.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost`],
    ],
    [
      'seccomp with one too many',
      secure({ seccompProfile: { type: 'Unconfined', localhostProfile: 'a' } }),
      [
        `${at}.seccompProfile.localhostProfile: Invalid value: {"Type":"Unconfined","LocalhostProfile":"a"}: can only be set when seccomp type is Localhost`,
      ],
    ],
    [
      'AppArmor with blanks',
      secure({ appArmorProfile: { type: 'Localhost', localhostProfile: ' a' } }),
      [`${at}.appArmorProfile.localhostProfile: Invalid value: " a": must not be padded with whitespace`],
    ],
    [
      'AppArmor of no kind',
      secure({ appArmorProfile: { type: 'X' } }),
      [
        `${at}.appArmorProfile.type: Unsupported value: "X": supported values: "Localhost", "RuntimeDefault", "Unconfined"`,
      ],
    ],
    [
      'a Windows user',
      secure({ windowsOptions: { runAsUserName: 'a\\b\\c' } }),
      [
        `${at}.windowsOptions.runAsUserName: Invalid value: "a\\\\b\\\\c": runAsUserName cannot contain more than one backslash`,
      ],
    ],
    [
      'a Windows user of dots',
      secure({ windowsOptions: { runAsUserName: '.a.\\..' } }),
      [
        `${at}.windowsOptions.runAsUserName: Invalid value: ".a.\\\\..": runAsUserName's Domain doesn't match the NetBios nor the DNS format`,
        `${at}.windowsOptions.runAsUserName: Invalid value: ".a.\\\\..": runAsUserName's User cannot contain only periods or spaces`,
      ],
    ],
  ])('%s', (_, spec, errors) => {
    expect(errorsOf(spec)).toEqual(errors)
  })
})

describe('pods', () => {
  it.each<Row>([
    [
      'groups',
      {
        securityContext: {
          fsGroup: -1,
          supplementalGroups: [1, -2],
          fsGroupChangePolicy: 'X',
          supplementalGroupsPolicy: 'Y',
        },
      },
      [
        `${pod}.fsGroup: Invalid value: -1: ${ID}`,
        `${pod}.supplementalGroups[1]: Invalid value: -2: ${ID}`,
        `${pod}.fsGroupChangePolicy: Unsupported value: "X": supported values: "Always", "OnRootMismatch"`,
        `${pod}.supplementalGroupsPolicy: Unsupported value: "Y": supported values: "Merge", "Strict"`,
      ],
    ],
    [
      'processes of the host and its own',
      { hostPID: true, shareProcessNamespace: true },
      [`${pod}.shareProcessNamespace: Invalid value: true: ShareProcessNamespace and HostPID cannot both be enabled`],
    ],
    [
      'settings of the kernel',
      {
        hostNetwork: true,
        hostIPC: true,
        securityContext: {
          sysctls: [
            { name: 'net/ipv4/x', value: '1' },
            { name: 'kernel.sem', value: '1' },
            { name: 'A', value: '1' },
            { name: 'vm.a', value: '1' },
            { name: 'vm.a', value: '1' },
          ],
        },
      },
      [
        `${pod}.sysctls[0].name: Invalid value: "net/ipv4/x": may not be specified when 'hostNetwork' is true`,
        `${pod}.sysctls[1].name: Invalid value: "kernel.sem": may not be specified when 'hostIPC' is true`,
        `${pod}.sysctls[2].name: Invalid value: "A": must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$`,
        `${pod}.sysctls[4].name: Duplicate value: "vm.a"`,
      ],
    ],
    [
      'users of its own on the host',
      { hostUsers: false, hostNetwork: true, hostPID: true },
      ['spec.hostNetwork: Forbidden: when `hostUsers` is false', 'spec.HostPID: Forbidden: when `hostUsers` is false'],
    ],
    [
      'labels for volumes',
      { securityContext: { seLinuxChangePolicy: 'MountOption' } },
      [`${pod}.seLinuxChangePolicy: Unsupported value: "MountOption": supported values: "Recursive"`],
    ],
    [
      'a system nobody knows',
      { os: { name: 'plan9' } },
      ['spec.os: Unsupported value: "plan9": supported values: "linux", "windows"'],
    ],
    [
      'Linux with options of Windows',
      { os: { name: 'linux' }, ...secure({ windowsOptions: {} }) },
      [`${at}.windowsOptions: Forbidden: windows options cannot be set for a linux pod`],
    ],
    [
      'Windows with options of Linux',
      {
        os: { name: 'windows' },
        securityContext: { fsGroup: 1 },
        hostPID: true,
        ...secure({ privileged: false, runAsUser: 1 }),
      },
      [
        'spec.hostPID: Forbidden: cannot be set for a windows pod',
        `${pod}.fsGroup: Forbidden: cannot be set for a windows pod`,
        `${at}.privileged: Forbidden: cannot be set for a windows pod`,
        `${at}.runAsUser: Forbidden: cannot be set for a windows pod`,
      ],
    ],
    [
      'processes of the host',
      secure({ windowsOptions: { hostProcess: true } }),
      ['spec.hostNetwork: Invalid value: false: hostNetwork must be true if pod contains any hostProcess containers'],
    ],
  ])('%s', (_, spec, errors) => {
    expect(errorsOf(spec)).toEqual(errors)
  })
})

describe('annotations', () => {
  const m = 'metadata.annotations'
  it.each<readonly [string, Readonly<Record<string, string>>, object, readonly string[]]>([
    [
      'a mirror without a node',
      { 'kubernetes.io/config.mirror': 'x' },
      {},
      [`${m}[kubernetes.io/config.mirror]: Invalid value: "x": must set spec.nodeName if mirror pod annotation is set`],
    ],
    ...(
      [
        ['x', ': Invalid value: "%": invalid character \'x\' looking for beginning of value'],
        ['{}', ': Invalid value: "%": json: cannot unmarshal object into Go value of type []core.Toleration'],
        ['[1]', ': Invalid value: "%": json: cannot unmarshal number into Go value of type core.Toleration'],
        [
          '[{"key":1}]',
          ': Invalid value: "%": json: cannot unmarshal number into Go struct field Toleration.Key of type string',
        ],
        [
          '[null]',
          '.%[0].operator: Invalid value: "": operator must be Exists when `key` is empty, which means "match all values and all keys"',
        ],
      ] as const
    ).map(([text, expected]): readonly [string, Readonly<Record<string, string>>, object, readonly string[]] => {
      const key = 'scheduler.alpha.kubernetes.io/tolerations'
      return [`tolerations ${text}`, { [key]: text }, {}, [`${m}${expected.replace('%', key)}`]]
    }),
    [
      'a cost with a plus',
      { 'controller.kubernetes.io/pod-deletion-cost': '+1' },
      {},
      [`${m}[controller.kubernetes.io/pod-deletion-cost]: Invalid value: "+1": must be a 32bit integer`],
    ],
    ['a cost', { 'controller.kubernetes.io/pod-deletion-cost': '-10' }, {}, []],
    [
      'seccomp',
      { 'seccomp.security.alpha.kubernetes.io/pod': 'x' },
      {},
      [`${m}.seccomp.security.alpha.kubernetes.io/pod: Invalid value: "x": must be a valid seccomp profile`],
    ],
    [
      'AppArmor of no container',
      { 'container.apparmor.security.beta.kubernetes.io/nope': 'x' },
      {},
      [
        `${m}[container.apparmor.security.beta.kubernetes.io/nope]: Invalid value: "nope": container not found`,
        `${m}[container.apparmor.security.beta.kubernetes.io/nope]: Invalid value: "x": invalid AppArmor profile name: "x"`,
      ],
    ],
    [
      'another profile than the field',
      { 'seccomp.security.alpha.kubernetes.io/pod': 'localhost/a' },
      { securityContext: { seccompProfile: { type: 'Localhost', localhostProfile: 'b' } } },
      [`${pod}.seccompProfile.localhostProfile: Forbidden: seccomp profile in annotation and field must match`],
    ],
  ])('%s', (_, annotations, spec, errors) => {
    expect(errorsOf(spec, { annotations })).toEqual(errors)
  })
})
