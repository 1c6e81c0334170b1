// What a rule of `rewrite` is: a look at the query as the rules before it left it, which may change the query, and the steps
// that take the reply back. Source: CoreDNS plugin/rewrite/{rewrite,reverter}.go.

import { pluginError } from '../../corefile/index.ts'
import type { DnsMessage, Edns, Question, ResourceRecord } from '../../wire/index.ts'
import type { DnsRequest, MaybePromise } from '../plugin.ts'

/** A query on its way through the rules. */
export interface RewriteState {
  readonly request: DnsRequest
  readonly question: Question
  readonly edns: Edns | undefined
  /** This server's. */
  readonly localAddress: string | undefined
}

/** One change of the reply. Steps of records and of options run in reverse order of their rules. */
export type ReplyStep =
  | { readonly kind: 'record'; readonly change: (record: ResourceRecord) => ResourceRecord }
  | { readonly kind: 'message'; readonly change: (message: DnsMessage) => DnsMessage }
  | { readonly kind: 'option'; readonly change: (edns: Edns) => Edns }
  | { readonly kind: 'alias'; readonly change: (message: DnsMessage) => MaybePromise<DnsMessage> }

export interface Rewritten {
  readonly question: Question
  readonly edns: Edns | undefined
  readonly steps: readonly ReplyStep[]
}

export interface Rule {
  /** The last one when it applies. */
  readonly stop: boolean
  /** An option code the server gives back to clients because of this rule. */
  readonly optionCode?: number
  /** Undefined: it does not apply. */
  readonly apply: (state: RewriteState) => Rewritten | undefined
}

/** A complaint of the plugin itself: Go's error without file and line. */
export function ruleError(message: string): Error {
  return pluginError('rewrite', message)
}
