// Every fixed word the lab command says, in both languages, in one place. What a lab itself says is in its folder; what the tools inside a
// cluster say is as they say it.

import type { Bilingual } from '../check/bilingual.ts'
import { PodwireError } from '@podwire/engine'

export const LAB_WORDS = {
  name: { en: 'NAME', zh: '名称' },
  title: { en: 'TITLE', zh: '标题' },
  node: { en: 'NODE', zh: '节点' },
  address: { en: 'ADDRESS', zh: '地址' },
  service: { en: 'SERVICE', zh: '服务' },
  ports: { en: 'PORTS', zh: '端口' },
  here: { en: 'ON THIS MACHINE', zh: '本机访问地址' },
  goal: { en: 'Goal: ', zh: '目标：' },
  tasks: { en: 'Tasks:', zh: '任务：' },
  task: { en: 'Task: ', zh: '任务：' },
  right: { en: 'right', zh: '正确' },
  wrong: { en: 'WRONG', zh: '未通过' },
  found: { en: 'found', zh: '看到' },
  why: { en: 'why', zh: '原因' },
  way: { en: 'its way', zh: '经过' },
  terminal: { en: 'In another terminal:', zh: '在另一个终端里：' },
  checkIt: {
    en: '  podwire lab check        # is it right? Also podwire lab hint, solve, reset',
    zh: '  podwire lab check        # 做对了吗？还可以用 podwire lab hint、solve、reset',
  },
  stopping: { en: 'stopping …', zh: '正在停止……' },
  nothingToHint: { en: 'All tasks are right: there is nothing to hint at.', zh: '所有任务都正确，无需提示。' },
  noHint: {
    en: 'This task has no hint. `podwire lab check` says what is not right yet.',
    zh: '这项任务没有提示。`podwire lab check` 会说明哪里还不对。',
  },
} as const satisfies Readonly<Record<string, Bilingual>>

export const LAB_SENTENCES = {
  more: (count: number) => ({ en: ` (and ${count} more)`, zh: `（另有 ${count} 个）` }),
  allRight: (count: number) => ({
    en: count === 1 ? 'The task is right: the lab is done.' : `All ${count} tasks are right: the lab is done.`,
    zh: count === 1 ? '任务正确：实验完成。' : `${count} 项任务全部正确：实验完成。`,
  }),
  someRight: (done: number, of: number) => ({
    en: `${done} of ${of} tasks ${done === 1 ? 'is' : 'are'} right. \`podwire lab hint\` helps with the next one.`,
    zh: `${of} 项任务中 ${done} 项正确。\`podwire lab hint\` 会给出下一步的提示。`,
  }),
  hint: (number: number, of: number) => ({ en: `Hint ${number} of ${of}: `, zh: `提示 ${number}/${of}：` }),
  ended: (lab: string) => ({ en: `The lab ${lab} has ended.`, zh: `实验 ${lab} 已结束。` }),
  isBack: (lab: string) => ({ en: `The lab ${lab} is back at its start.`, zh: `实验 ${lab} 已回到起点。` }),
  starting: (lab: string) => ({ en: `starting the lab ${lab} …`, zh: `正在启动实验 ${lab}……` }),
  commandEnded: (status: number, line: string) => ({
    en: `this ended with ${status}: ${line}`,
    zh: `这条命令以状态 ${status} 结束：${line}`,
  }),
  noTool: (tool: string, line: string) => ({
    en: `there is no ${tool} on this machine; install it so that PATH leads to it. It is needed for: ${line}`,
    zh: `本机没有 ${tool}，请安装它，并确保可以通过 PATH 找到。需要它的命令：${line}`,
  }),
  notRefused: (line: string) => ({
    en: `this should have been refused: ${line}`,
    zh: `这条命令本应被拒绝：${line}`,
  }),
  refusedOtherwise: (wanted: string, line: string) => ({
    en: `this should have said ${JSON.stringify(wanted)}: ${line}`,
    zh: `这条命令的输出中本应有 ${JSON.stringify(wanted)}：${line}`,
  }),
} as const satisfies Readonly<Record<string, (...args: never[]) => Bilingual>>

/** What a learner did wrong, or what is not there, in their language. */
export class LabError extends PodwireError {
  override readonly name = 'LabError'
  readonly zh: string

  constructor(action: string, reason: string, remedy: string, zh: string) {
    super(action, reason, remedy)
    this.zh = zh
  }
}

export const LAB_ERRORS = {
  unknown: (wanted: string, meant: string | undefined) =>
    new LabError(
      `start the lab ${wanted}`,
      'there is no lab of that name',
      `${meant === undefined ? '' : `Did you mean ${meant}? `}\`podwire lab list\` shows them; another lab is started by the path of its folder.`,
      `无法启动实验 ${wanted}：没有这个名称的实验。${meant === undefined ? '' : `是不是想用 ${meant}？`}\`podwire lab list\` 会列出所有实验；自己的实验用文件夹路径启动。`,
    ),
  noFolder: (wanted: string) =>
    new LabError(
      `start the lab ${wanted}`,
      'there is no lab.yaml in that folder',
      'docs/labs.md says what belongs into a lab.',
      `无法启动实验 ${wanted}：该文件夹里没有 lab.yaml。实验由哪些文件组成，见 docs/labs.md。`,
    ),
  running: (lab: string, other: string, pid: number) =>
    new LabError(
      `start the lab ${lab}`,
      `the lab ${other} is running in process ${pid}`,
      'End it with `podwire lab stop`, or give another --kubeconfig.',
      `无法启动实验 ${lab}：实验 ${other} 正在进程 ${pid} 中运行。请先用 \`podwire lab stop\` 结束它，或用 --kubeconfig 指定另一个文件。`,
    ),
  noneRuns: (kubeconfig: string) =>
    new LabError(
      'find a running lab',
      `none runs at ${kubeconfig}`,
      'Start one with `podwire lab start NAME`, or give --kubeconfig.',
      `没有找到正在运行的实验（${kubeconfig}）。请用 \`podwire lab start 名称\` 启动一个，或用 --kubeconfig 指定。`,
    ),
  damaged: (file: string) =>
    new LabError(
      'find a running lab',
      `${file} is damaged`,
      'Remove it and start the lab again.',
      `${file} 已损坏，无法找到正在运行的实验。请删除它，再重新启动实验。`,
    ),
  notReady: (seconds: number, log: string) =>
    new LabError(
      'start the lab',
      `it was not ready after ${seconds} s`,
      `Look into ${log}.`,
      `无法启动实验：等了 ${seconds} 秒仍未就绪。请查看 ${log}。`,
    ),
  notBack: (lab: string, seconds: number) =>
    new LabError(
      `reset the lab ${lab}`,
      `it was not back after ${seconds} s`,
      'Start it again.',
      `无法重置实验 ${lab}：等了 ${seconds} 秒仍未恢复。请重新启动它。`,
    ),
  notStopped: (lab: string, pid: number) =>
    new LabError(
      `stop the lab ${lab}`,
      `process ${pid} is still there`,
      `End it with kill ${pid}.`,
      `无法结束实验 ${lab}：进程 ${pid} 仍在运行。请用 kill ${pid} 结束它。`,
    ),
} as const
