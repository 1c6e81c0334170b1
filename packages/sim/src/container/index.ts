// The inside of containers: one run of a program (container.ts), its files, its log, its shell and what is exec'd in it.

export { RunningContainer } from './container.ts'
export { commandLine, type CommandLine } from './command-line.ts'
export { ContainerFiles, type Mount } from './container-files.ts'
export { executeInContainer, openExec } from './exec.ts'
export { LogBuffer, type LogLine, type LogSelection } from './log-buffer.ts'
export type { BindTools } from './shell-host.ts'
