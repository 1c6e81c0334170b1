// @podwire/shell: a POSIX shell in process, on virtual time, with its text tools. It knows no Kubernetes and no network.
// Start with run-shell.ts; evaluate/run.ts is the evaluator, process/process.ts what a process is.

export { CommandTable } from './command-table.ts'
export type { Command, CommandContext, InputStream, OutputStream, SpawnedCommand, SpawnOptions } from './command.ts'
export { ShellFileError, type FileErrorCode, type FileStatus, type FileTree } from './file-tree.ts'
export { createFileTree, type FileTreeOptions } from './files/memory-file-tree.ts'
export { joinPath, parentPath, resolvePath } from './files/path.ts'
export { followLinks, followLinksToChange, linkTarget } from './files/symbolic-links.ts'
export { ProcessTable, type TableEntry } from './process/process-table.ts'
export { signalName, signalNumber } from './process/signals.ts'
export { DEFAULT_STEP_BUDGET } from './process/machine.ts'
export { readAll } from './process/text-io.ts'
export { programExists, runShell, type ShellOptions, type ShellRun } from './run-shell.ts'
export { collectOutput, feedInput, textInput, type InputFeed, type OutputCollector } from './streams.ts'
export type { TerminalSize } from './terminal/terminal.ts'
export { ownToolNames } from './tools/index.ts'
export { parseOptions, type ParsedOptions, type ToolOptions } from './tools/options.ts'
