// Commands that show, and some that change, what a node's kernel holds: iptables, nft, ipset, ipvsadm, conntrack. They run on the node
// itself and in pods that share its network. Departure: no privilege is asked for.

import { KERNEL_TOOLS, runKernelTool, type KubeProxy } from '@podwire/proxy'
import type { Command } from '@podwire/shell'

export function nodeCommands(proxy: KubeProxy, nodeName: string): ReadonlyMap<string, Command> {
  return new Map(
    KERNEL_TOOLS.map((name) => {
      const command: Command = async ({ args, stdin, stdout, stderr }) => {
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
      return [name, command]
    }),
  )
}
