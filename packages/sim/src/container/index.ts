// The inside of containers: one run of a program (container.ts), its files, its log, its shell and what is exec'd in it.

export { type ContainerOptions, RunningContainer } from './container.ts'
export { type CommandLine, commandLine } from './command-line.ts'
export { ContainerFiles, type ContainerFilesOptions, type Mount } from './container-files.ts'
export {
  containerExited,
  type ContainerExited,
  containerSignalled,
  type ContainerSignalled,
} from './container-events.ts'
export { executeInContainer, openExec } from './exec.ts'
export { processUser, type ProcessUser, rootProblem } from './process-user.ts'
export { LogBuffer } from './log-buffer.ts'
export { createProcFiles } from './proc-files.ts'
export type { FileContent, FileSource } from './read-only-files.ts'
export type { BindTools } from './shell-host.ts'
