// Commands that show, and some that change, what a node's kernel holds: iptables, nft, ipset, ipvsadm, conntrack, dmesg, and sysctl for
// the connection table. They run on the node itself and in pods that share its network. Departure: no privilege is asked for.

import { KERNEL_TOOLS, runKernelTool, type KubeProxy } from '@podwire/proxy'
import type { Command } from '@podwire/shell'
import type { KernelLog } from '../node/kernel-log.ts'

export function nodeCommands(proxy: KubeProxy, nodeName: string, log: KernelLog): ReadonlyMap<string, Command> {
  const kernelTools = KERNEL_TOOLS.map((name) => [name, kernelTool(name, proxy, nodeName)] as const)
  return new Map([...kernelTools, ['dmesg', dmesg(log)], ['sysctl', sysctl(proxy, nodeName)]])
}

function kernelTool(name: string, proxy: KubeProxy, nodeName: string): Command {
  return async ({ args, stdin, stdout, stderr }) => {
    const wantsInput = name === 'ipvsadm' && args.some((word) => word === '-R' || word === '--restore')
    const input: Uint8Array[] = []
    for (let chunk = wantsInput ? await stdin.read() : undefined; chunk !== undefined; chunk = await stdin.read()) {
      input.push(chunk)
    }
    const text = Buffer.concat(input).toString('utf8')
    const answer = runKernelTool(name, args, proxy.tools(nodeName), text)
    if (answer.stdout !== '') await stdout.write(answer.stdout)
    if (answer.stderr !== '') await stderr.write(answer.stderr)
    return answer.exitCode
  }
}

function dmesg(log: KernelLog): Command {
  return async ({ args, stdout, stderr }) => {
    if (args.length > 0) {
      await stderr.write('dmesg: podwire simulates it without options\n')
      return 1
    }
    await stdout.write(log.text())
    return 0
  }
}

const MAX = 'net.netfilter.nf_conntrack_max'
const COUNT = 'net.netfilter.nf_conntrack_count'

/** `sysctl [-n] NAME`, `sysctl -w NAME=VALUE` */
function sysctl(proxy: KubeProxy, nodeName: string): Command {
  return async ({ args, stdout, stderr }) => {
    const table = proxy.tools(nodeName).connections()
    const bare = args.includes('-n')
    const names = args.filter((word) => !word.startsWith('-'))
    let status = 0
    for (const word of names) {
      const [name = '', value] = word.split('=', 2)
      const known = name.replaceAll('/', '.')
      if (table === undefined || (known !== MAX && known !== COUNT)) {
        await stderr.write(`sysctl: ${name}: podwire simulates ${MAX} and ${COUNT} only\n`)
        status = 255
        continue
      }
      if (value !== undefined && (known === COUNT || !/^\d+$/.test(value))) {
        await stderr.write(`sysctl: ${known === COUNT ? 'permission denied on' : 'setting'} key "${known}"\n`)
        status = 255
        continue
      }
      if (value !== undefined) table.max = Number(value)
      const shown = known === MAX ? table.max : table.size
      await stdout.write(bare ? `${shown}\n` : `${known} = ${shown}\n`)
    }
    return status
  }
}
