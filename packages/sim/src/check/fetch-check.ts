// A check that sends requests and looks at what comes back and who answered; or at how it fails. What is not right is explained
// with the way the packets took.

import type { Cluster } from '../sdk/cluster.ts'
import { explainQueries, summarizeFlow } from '../fabric/explain.ts'
import { lastLeg, type Flow } from '../fabric/flow.ts'
import { ResolveError } from '../http/fetch.ts'
import { explainTrace } from '../sdk/explain-trace.ts'
import { RequestError, type Machine } from '../sdk/machine.ts'
import type { RequestFlow } from '../sdk/reply.ts'
import type { FetchCheck } from './check-schema.ts'
import { endpointTroubles } from './endpoint-facts.ts'
import { amountText, fact, textFacts, withinAmount, type Fact } from './expectation.ts'
import { machineAt, podsOf } from './place.ts'
import { filledText } from './run-check.ts'
import type { Values } from './values.ts'

/** One request that was made. */
interface Attempt {
  /** As errno spells it, when there was no answer. */
  readonly code: string | undefined
  /** `connection refused` */
  readonly problem: string
  readonly status: number | undefined
  readonly body: string
  readonly pod: string | undefined
  readonly source: string | undefined
  readonly why: string
  readonly explanation: string
}

const FAILURE_CODES: Readonly<Record<NonNullable<FetchCheck['fails']>, readonly string[]>> = {
  refused: ['ECONNREFUSED'],
  timeout: ['ETIMEDOUT'],
  reset: ['ECONNRESET'],
  unreachable: ['EHOSTUNREACH', 'ENETUNREACH'],
  'name-not-found': ['ENOTFOUND', 'EAI_AGAIN'],
  'no-answer': ['EPROTO', 'ECONNRESET'],
}

const TIMEOUT_MS = 2000

export async function runFetchCheck(
  cluster: Cluster,
  check: FetchCheck,
  values: Values,
): Promise<{ facts: readonly Fact[]; explanation: string }> {
  const url = await values.fill(check.fetch)
  const from = await values.fill(check.from)
  const machine = machineAt(cluster, from)
  const attempts: Attempt[] = []
  for (let i = 0; i < (check.times ?? 1); i++) {
    const attempt = await (/^(tcp|sctp):\/\//.test(url) ? connect : send)(machine, url, check)
    attempts.push(attempt)
    // After a failure the others tell nothing new, and each may take its whole time-out.
    if (attempt.code !== undefined) break
  }
  const facts =
    check.fails === undefined
      ? await answerFacts(cluster, check, values, { url, from, attempts })
      : [failureFact(check.fails, url, from, attempts)]
  const wrong = attempts.find(({ code }) => (code !== undefined) === (check.fails === undefined)) ?? attempts.at(-1)
  const behind = facts.every(({ ok }) => ok) ? [] : troublesBehind(cluster, attempts)
  return { facts: [...facts, ...behind], explanation: wrong?.explanation ?? '' }
}

async function send(
  machine: Machine,
  url: string,
  { method, headers, timeoutMs = TIMEOUT_MS }: FetchCheck,
): Promise<Attempt> {
  const init = { timeoutMs, ...(method === undefined ? {} : { method }), ...(headers === undefined ? {} : { headers }) }
  try {
    const reply = await machine.fetch(url, init)
    const { flow, status, pod } = reply
    return {
      code: undefined,
      problem: '',
      status,
      body: reply.text(),
      pod,
      source: sourceOf(flow),
      why: flow.why,
      explanation: summarizeFlow(flow),
    }
  } catch (error) {
    if (!(error instanceof RequestError)) throw error
    const { cause, flow, code, reason } = error
    const queries = cause instanceof ResolveError ? explainQueries(cause.queries) : ''
    const way = flow === undefined ? { why: reason, explanation: queries } : told(flow)
    return { code, problem: reason, status: undefined, body: '', pod: undefined, source: undefined, ...way }
  }
}

async function connect(machine: Machine, url: string, { timeoutMs = TIMEOUT_MS }: FetchCheck): Promise<Attempt> {
  const trace = await machine.trace(url, { timeoutMs })
  const { result } = trace
  const flow = trace.attempts.at(-1)
  const receiver = flow === undefined ? undefined : /^pod\/[^/]+\/(.+)$/.exec(lastLeg(flow).receiver ?? '')?.[1]
  const failed = result.kind === 'failed'
  return {
    code: failed ? result.code : undefined,
    problem: failed ? result.text : '',
    status: undefined,
    body: '',
    pod: receiver,
    source: flow === undefined ? undefined : sourceOf(flow),
    why: failed ? result.text : 'connected',
    explanation: explainTrace(trace),
  }
}

function told(flow: RequestFlow): { why: string; explanation: string } {
  return { why: flow.why, explanation: flow.explain() }
}

function sourceOf(flow: Flow): string | undefined {
  return lastLeg(flow).delivered?.source
}

interface Asked {
  readonly url: string
  readonly from: string
  readonly attempts: readonly Attempt[]
}

function failureFact(
  wanted: NonNullable<FetchCheck['fails']>,
  url: string,
  from: string,
  attempts: readonly Attempt[],
): Fact {
  const [first] = attempts
  const ok = FAILURE_CODES[wanted].includes(first?.code ?? '')
  const got = first?.code === undefined ? `HTTP ${first?.status ?? 'open'}` : first.problem
  return fact(
    ok,
    `${url} from ${from}: ${got}${ok ? `, as it should: ${first?.why ?? ''}` : `, it should fail with ${wanted}`}`,
    `从 ${from} 访问 ${url}：${got}${ok ? `，符合预期：${first?.why ?? ''}` : `，应以 ${wanted} 失败`}`,
  )
}

async function answerFacts(
  cluster: Cluster,
  check: FetchCheck,
  values: Values,
  asked: Asked,
): Promise<readonly Fact[]> {
  const { url, from, attempts } = asked
  const failed = attempts.find(({ code }) => code !== undefined)
  if (failed !== undefined) {
    const { problem, why } = failed
    const more = why === problem ? { en: '', zh: '' } : { en: `; ${why}`, zh: `；${why}` }
    return [fact(false, `${url} from ${from}: ${problem}${more.en}`, `从 ${from} 访问 ${url}：${problem}${more.zh}`)]
  }
  const facts: Fact[] = [statusFact(check, asked)]
  const [first] = attempts
  const body = { en: 'the answer', zh: '应答' }
  if (check.body !== undefined) facts.push(...textFacts(body, first?.body ?? '', await filledText(check.body, values)))
  const pods = [...new Set(attempts.map(({ pod }) => pod ?? 'nobody'))]
  if (check.answeredBy !== undefined) {
    const selector = await values.fill(check.answeredBy)
    const allowed = podsOf(cluster, selector).map(({ name }) => name)
    const ok = pods.every((pod) => allowed.includes(pod))
    const by = pods.join(', ')
    facts.push(
      fact(
        ok,
        `answered by ${by}${ok ? '' : `, it should be pods of ${selector}`}`,
        `由 ${by} 应答${ok ? '' : `，应为 ${selector} 的 Pod`}`,
      ),
    )
  }
  if (check.pods !== undefined) {
    const ok = withinAmount(pods.length, check.pods)
    const amount = amountText(check.pods)
    facts.push(
      fact(
        ok,
        `${attempts.length} requests were answered by ${pods.length} pods${ok ? '' : `, it should be ${amount.en}`}`,
        `${attempts.length} 次请求由 ${pods.length} 个 Pod 应答${ok ? '' : `，应为${amount.zh} 个`}`,
      ),
    )
  }
  if (check.source !== undefined) facts.push(sourceFact(await values.fill(check.source), attempts))
  return facts
}

function statusFact({ status }: FetchCheck, { url, from, attempts }: Asked): Fact {
  const got = [...new Set(attempts.map((attempt) => attempt.status))]
  const ok = status === undefined ? true : got.every((one) => one === status)
  const list = got.map((one) => one ?? 'connected').join(', ')
  return fact(
    ok,
    `${url} from ${from}: ${list}${ok ? '' : `, should be ${status ?? ''}`}`,
    `从 ${from} 访问 ${url}：${list}${ok ? '' : `，应为 ${status ?? ''}`}`,
  )
}

function sourceFact(wanted: string, attempts: readonly Attempt[]): Fact {
  const seen = [...new Set(attempts.map(({ source }) => source ?? 'nobody'))].join(', ')
  const ok = seen === wanted
  return fact(
    ok,
    `the pod sees the client as ${seen}${ok ? '' : `, it should be ${wanted}`}`,
    `Pod 看到的客户端地址是 ${seen}${ok ? '' : `，应为 ${wanted}`}`,
  )
}

/** A rule that rejects says of which Service: what keeps it from having endpoints belongs to the answer. */
function troublesBehind(cluster: Cluster, attempts: readonly Attempt[]): readonly Fact[] {
  for (const { why } of attempts) {
    const [, namespace, service] = /([\w-]+)\/([\w-]+)\S* has no (?:local )?endpoints/.exec(why) ?? []
    if (namespace !== undefined && service !== undefined) return endpointTroubles(cluster, namespace, service)
  }
  return []
}
