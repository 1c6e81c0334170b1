// What every ingress controller has to do, whatever it is made of: one suite, run by each of them. Where a real controller departs
// from the Ingress rules the case is skipped with the reason, and the controller's own test holds what it does instead.

import {
  createApiServer,
  endpointSlices,
  ingressClasses,
  ingresses,
  namespaces,
  services,
  type Client,
  type Ingress,
  type NewObject,
} from '@podwire/apiserver'
import { Engine, type Random, SECOND, VirtualTimeDriver } from '@podwire/engine'
import { describe, expect, test } from 'vitest'
import type { HttpRequest, Peer } from '../http/message.ts'
import type { Handled } from './handled.ts'
import type { StatusSource } from './status-source.ts'
import { ingressReloaded } from './topics.ts'

export interface ContractParts {
  readonly engine: Engine
  readonly client: Client
  readonly random: Random
  readonly status: StatusSource
}

export interface ContractController {
  handle(request: HttpRequest, peer: Peer): Handled
  readonly reloads: number
  stop(): void
}

export interface ContractSubject {
  readonly name: string
  /** spec.controller of its IngressClass, and the class's name. */
  readonly controllerName: string
  readonly className: string
  readonly create: (parts: ContractParts) => ContractController
  readonly skip?: readonly { readonly reason: string; readonly cases: readonly string[] }[]
}

const PEER: Peer = { address: '10.244.0.9', port: 41_000 }

export interface PathRule {
  readonly host?: string
  readonly path: string
  readonly type?: 'Exact' | 'Prefix' | 'ImplementationSpecific'
  readonly service: string
  readonly port?: number | string
}

export class ContractWorld {
  readonly engine = new Engine({ seed: 11 })
  readonly client: Client
  readonly driver: VirtualTimeDriver
  readonly controller: ContractController
  readonly #className: string

  constructor({ create, controllerName, className }: ContractSubject) {
    const { client } = createApiServer({ engine: this.engine })
    this.client = client
    this.driver = new VirtualTimeDriver(this.engine)
    this.#className = className
    for (const name of ['default', 'team']) client.create(namespaces, { metadata: { name }, spec: {} })
    client.create(ingressClasses, { metadata: { name: className }, spec: { controller: controllerName } })
    client.create(ingressClasses, { metadata: { name: 'other' }, spec: { controller: 'example.com/other' } })
    client.create(services, {
      metadata: { name: 'front', namespace: 'default' },
      spec: { type: 'LoadBalancer', ports: [{ port: 80, protocol: 'TCP' }] },
    })
    client.modify(
      services,
      { namespace: 'default', name: 'front' },
      (draft) => {
        draft.status = { loadBalancer: { ingress: [{ ip: '198.51.100.7' }] } }
      },
      { subresource: 'status' },
    )
    const random = this.engine.random.fork('controller')
    const status: StatusSource = { kind: 'service', service: 'default/front' }
    this.controller = create({ engine: this.engine, client, random, status })
  }

  /** Two ports: `http` 80 → 8080 and `admin` 9000 → 9090. */
  addService(name: string, addresses: readonly string[], namespace = 'default'): void {
    this.client.create(services, {
      metadata: { name, namespace },
      spec: {
        ports: [
          { name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' },
          { name: 'admin', port: 9000, targetPort: 9090, protocol: 'TCP' },
        ],
      },
    })
    this.client.create(endpointSlices, {
      metadata: { name: `${name}-a`, namespace, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
      ports: [
        { name: 'http', port: 8080, protocol: 'TCP' },
        { name: 'admin', port: 9090, protocol: 'TCP' },
      ],
    })
  }

  setEndpoints(name: string, endpoints: readonly { readonly address: string; readonly ready: boolean }[]): void {
    this.client.modify(endpointSlices, { namespace: 'default', name: `${name}-a` }, (slice) => {
      slice.endpoints = endpoints.map(({ address, ready }) => ({
        addresses: [address],
        conditions: { ready, serving: ready },
      }))
    })
  }

  addIngress(name: string, rules: readonly PathRule[], more: IngressParts = {}): void {
    this.client.create(ingresses, ingressObject(name, rules, { ingressClassName: this.#className }, more))
  }

  /** Creation times are whole seconds: of two Ingresses the older needs to be one older. */
  async later(): Promise<void> {
    await this.driver.advance(2 * SECOND)
  }

  /** Everything the controller has seen counts. */
  async settle(): Promise<void> {
    await this.driver.settle()
    await this.driver.advance(6 * SECOND)
  }

  ask(url: string, more: Partial<HttpRequest> = {}): Handled {
    const slash = url.indexOf('/')
    const headers = [['Host', url.slice(0, slash)]] as const
    const request: HttpRequest = { method: 'GET', target: url.slice(slash), version: '1.1', headers, body: EMPTY }
    return this.controller.handle({ ...request, ...more }, PEER)
  }

  /** `10.0.0.1:8080`, or the status the controller answers itself. */
  outcome(url: string): string {
    const handled = this.ask(url)
    if (handled.kind === 'respond') return String(handled.response.status)
    if (handled.kind === 'authenticate') return `ask ${handled.ask.url}`
    const [endpoint] = handled.endpoints
    return `${endpoint?.address}:${endpoint?.port}`
  }
}

const EMPTY = new Uint8Array()

export interface IngressParts {
  readonly namespace?: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly defaultBackend?: string
  /** null: the field is left out. */
  readonly className?: string | null
}

function ingressObject(
  name: string,
  rules: readonly PathRule[],
  spec: Ingress['spec'],
  { namespace = 'default', annotations, defaultBackend, className }: IngressParts,
): NewObject<Ingress> {
  const chosen = className === undefined ? spec.ingressClassName : (className ?? undefined)
  const backend = (service: string, port: number | string): { service: object } => ({
    service: { name: service, port: typeof port === 'number' ? { number: port } : { name: port } },
  })
  const object = {
    metadata: { name, namespace, ...(annotations === undefined ? {} : { annotations }) },
    spec: {
      ...(chosen === undefined ? {} : { ingressClassName: chosen }),
      ...(defaultBackend === undefined ? {} : { defaultBackend: backend(defaultBackend, 80) }),
      rules: rules.map(({ host, path, type = 'Prefix', service, port = 80 }) => ({
        ...(host === undefined ? {} : { host }),
        http: { paths: [{ path, pathType: type, backend: backend(service, port) }] },
      })),
    },
  }
  return object as NewObject<Ingress>
}

const ONE = '10.0.0.1:8080'
const TWO = '10.0.0.2:8080'
const NOBODY = '404'

interface RoutingCase {
  readonly name: string
  readonly rules: readonly PathRule[]
  readonly asked: Readonly<Record<string, string>>
}

const rule = (
  where: string,
  service = 'one',
  type: PathRule['type'] = 'Prefix',
  port: number | string = 80,
): PathRule => {
  const slash = where.indexOf('/')
  const host = where.slice(0, slash)
  return { ...(host === '' ? {} : { host }), path: where.slice(slash), type, service, port }
}

const ROUTING: readonly RoutingCase[] = [
  {
    name: 'a host is compared without case and port',
    rules: [rule('a.com/')],
    asked: { 'a.com/': ONE, 'A.Com/x': ONE, 'a.com:8080/': ONE, 'b.com/': NOBODY, 'x.a.com/': NOBODY },
  },
  {
    name: 'a wildcard host takes one label',
    rules: [rule('*.foo.com/')],
    asked: { 'bar.foo.com/': ONE, 'baz.bar.foo.com/': NOBODY, 'foo.com/': NOBODY },
  },
  {
    name: 'a rule without host takes hosts nobody names',
    rules: [rule('/', 'two'), rule('a.com/', 'one')],
    asked: { 'a.com/': ONE, 'b.com/': TWO },
  },
  {
    name: 'Exact is the path and nothing else',
    rules: [rule('a.com/foo', 'one', 'Exact')],
    asked: {
      'a.com/foo': ONE,
      'a.com/foo?x=/bar': ONE,
      'a.com/foo/': NOBODY,
      'a.com/FOO': NOBODY,
      'a.com/bar': NOBODY,
    },
  },
  {
    name: 'Exact with a slash at its end',
    rules: [rule('a.com/foo/', 'one', 'Exact')],
    asked: { 'a.com/foo/': ONE, 'a.com/foo': NOBODY },
  },
  {
    name: 'Prefix takes the path and what is below it',
    rules: [rule('a.com/foo')],
    asked: { 'a.com/foo': ONE, 'a.com/foo/': ONE, 'a.com/foo/bar': ONE, 'a.com/FOO': NOBODY, 'a.com/': NOBODY },
  },
  {
    name: 'Prefix is compared by path elements',
    rules: [rule('a.com/aaa')],
    asked: { 'a.com/aaa/ccc': ONE, 'a.com/aaaccc': NOBODY },
  },
  {
    name: 'a slash at the end of a Prefix changes nothing',
    rules: [rule('a.com/aaa/bbb/')],
    asked: { 'a.com/aaa/bbb': ONE, 'a.com/aaa/bbb/': ONE, 'a.com/aaa': NOBODY },
  },
  {
    name: 'the longest Prefix wins',
    rules: [rule('a.com/aaa', 'one'), rule('a.com/aaa/bbb', 'two')],
    asked: { 'a.com/aaa/bbb': TWO, 'a.com/aaa/bbb/ccc': TWO, 'a.com/aaa/ccc': ONE, 'a.com/aaa': ONE },
  },
  {
    name: 'Exact wins over Prefix of the same path',
    rules: [rule('a.com/foo', 'one', 'Prefix'), rule('a.com/foo', 'two', 'Exact')],
    asked: { 'a.com/foo': TWO, 'a.com/foo/bar': ONE },
  },
  {
    name: 'ImplementationSpecific is the beginning of the text',
    rules: [rule('a.com/foo', 'one', 'ImplementationSpecific')],
    asked: { 'a.com/foo': ONE, 'a.com/foobar': ONE, 'a.com/bar': NOBODY },
  },
  {
    name: 'a known host does not fall back to rules without host',
    rules: [rule('/', 'two'), rule('a.com/foo', 'one')],
    asked: { 'a.com/foo': ONE, 'a.com/bar': NOBODY },
  },
  {
    name: 'ports by number and by name',
    rules: [
      rule('a.com/', 'one', 'Prefix', 'http'),
      rule('b.com/', 'one', 'Prefix', 9000),
      rule('c.com/', 'one', 'Prefix', 'admin'),
    ],
    asked: { 'a.com/': ONE, 'b.com/': '10.0.0.1:9090', 'c.com/': '10.0.0.1:9090' },
  },
]

interface SelectionCase {
  readonly name: string
  readonly className: string | null
  readonly annotation?: string
  readonly taken: boolean
}

const OURS = '(ours)'
const SELECTION: readonly SelectionCase[] = [
  { name: 'our class', className: OURS, taken: true },
  { name: "another's class", className: 'other', taken: false },
  { name: 'a class that does not exist', className: 'nobody', taken: false },
  { name: "another's legacy annotation", className: null, annotation: 'other', taken: false },
  { name: 'our legacy annotation', className: null, annotation: OURS, taken: true },
]

/** Runs the suite. */
export function controllerContract(subject: ContractSubject): void {
  const reasons = new Map(
    (subject.skip ?? []).flatMap(({ reason, cases }) => cases.map((name) => [name, reason] as const)),
  )
  const it = (name: string, body: (world: ContractWorld) => Promise<void>): void => {
    const reason = reasons.get(name)
    reasons.delete(name)
    if (reason !== undefined) return test.skip(`${name} (${reason})`, () => undefined)
    return test(name, async () => {
      const world = new ContractWorld(subject)
      try {
        await body(world)
      } finally {
        world.controller.stop()
      }
    })
  }
  const own = (text: string | null | undefined): string | null | undefined => (text === OURS ? subject.className : text)

  describe(`${subject.name}: the contract of ingress controllers`, () => {
    for (const { name, rules, asked } of ROUTING) {
      it(name, async (world) => {
        world.addService('one', ['10.0.0.1'])
        world.addService('two', ['10.0.0.2'])
        world.addIngress('web', rules)
        await world.settle()
        const found = Object.fromEntries(Object.keys(asked).map((url) => [url, world.outcome(url)]))
        expect(found).toEqual(asked)
      })
    }
    for (const { name, className, annotation, taken } of SELECTION) {
      it(`class: ${name}`, async (world) => {
        world.addService('one', ['10.0.0.1'])
        const annotations = annotation === undefined ? {} : { 'kubernetes.io/ingress.class': own(annotation) ?? '' }
        world.addIngress('web', [rule('a.com/')], { className: own(className) ?? null, annotations })
        await world.settle()
        expect(world.outcome('a.com/')).toBe(taken ? ONE : NOBODY)
      })
    }
    ingressLife(it)
    endpointLife(it)
  })
  test(`${subject.name}: every skipped case is one of the suite's`, () => {
    expect([...reasons.keys()]).toEqual([])
  })
}

type It = (name: string, body: (world: ContractWorld) => Promise<void>) => void

function ingressLife(it: It): void {
  it('a default backend takes what nobody takes', async (world) => {
    world.addService('one', ['10.0.0.1'])
    world.addService('two', ['10.0.0.2'])
    world.addIngress('all', [], { defaultBackend: 'two' })
    world.addIngress('web', [rule('a.com/foo')])
    await world.settle()
    expect([world.outcome('a.com/foo'), world.outcome('b.com/'), world.outcome('b.com/x/y')]).toEqual([ONE, TWO, TWO])
  })
  it('of two Ingresses for one host and path the older counts', async (world) => {
    world.addService('one', ['10.0.0.1'])
    world.addService('two', ['10.0.0.2'])
    world.addIngress('zz-first', [rule('a.com/')])
    await world.later()
    world.addIngress('aa-second', [rule('a.com/', 'two')])
    await world.settle()
    expect(world.outcome('a.com/')).toBe(ONE)
    world.client.delete(ingresses, { namespace: 'default', name: 'zz-first' })
    await world.settle()
    expect(world.outcome('a.com/')).toBe(TWO)
  })
  it('Ingresses of several namespaces share a host', async (world) => {
    world.addService('one', ['10.0.0.1'])
    world.addService('two', ['10.0.0.2'], 'team')
    world.addIngress('web', [rule('a.com/')])
    world.addIngress('web', [rule('a.com/team', 'two')], { namespace: 'team' })
    await world.settle()
    expect([world.outcome('a.com/'), world.outcome('a.com/team/x')]).toEqual([ONE, TWO])
  })
  it('an Ingress that changes or goes is followed', async (world) => {
    world.addService('one', ['10.0.0.1'])
    world.addIngress('web', [rule('a.com/')])
    await world.settle()
    const before = world.controller.reloads
    world.client.modify(ingresses, { namespace: 'default', name: 'web' }, (draft) => {
      const [first] = draft.spec.rules ?? []
      if (first !== undefined) first.host = 'b.com'
    })
    await world.settle()
    expect([world.outcome('a.com/'), world.outcome('b.com/')]).toEqual([NOBODY, ONE])
    expect(world.controller.reloads).toBe(before + 1)
    world.client.delete(ingresses, { namespace: 'default', name: 'web' })
    await world.settle()
    expect(world.outcome('b.com/')).toBe(NOBODY)
  })
  it('a class that goes takes its Ingresses along, and brings them back', async (world) => {
    world.addService('one', ['10.0.0.1'])
    world.addIngress('web', [rule('a.com/')])
    await world.settle()
    const ours = world.client.list(ingressClasses).items.find(({ metadata }) => metadata.name !== 'other')
    const name = ours?.metadata.name ?? ''
    world.client.delete(ingressClasses, { name })
    await world.settle()
    expect(world.outcome('a.com/')).toBe(NOBODY)
    world.client.create(ingressClasses, { metadata: { name }, spec: ours?.spec ?? {} })
    await world.settle()
    expect(world.outcome('a.com/')).toBe(ONE)
  })
  it('the published addresses are the status of its Ingresses, not of others', async (world) => {
    world.addService('one', ['10.0.0.1'])
    world.addIngress('ours', [rule('a.com/')])
    world.addIngress('theirs', [rule('b.com/')], { className: 'other' })
    await world.settle()
    await world.driver.advance(61 * SECOND)
    const shown = ['ours', 'theirs'].map(
      (name) => world.client.get(ingresses, { namespace: 'default', name }).status?.loadBalancer?.ingress ?? [],
    )
    expect(shown).toEqual([[{ ip: '198.51.100.7' }], []])
  })
  it('a rule without paths, and an Ingress that says nothing, do no harm', async (world) => {
    world.addService('one', ['10.0.0.1'])
    const { client } = world
    client.create(ingresses, ingressObject('empty', [], { ingressClassName: 'other' }, { defaultBackend: 'one' }))
    world.addIngress('web', [rule('a.com/')])
    client.modify(ingresses, { namespace: 'default', name: 'web' }, (draft) => {
      draft.spec.rules = [{ host: 'none.com' }, ...(draft.spec.rules ?? [])]
    })
    await world.settle()
    expect([world.outcome('a.com/'), world.outcome('none.com/')]).toEqual([ONE, NOBODY])
  })
}

function endpointLife(it: It): void {
  it('endpoints take turns', async (world) => {
    world.addService('one', ['10.0.0.1', '10.0.0.2', '10.0.0.3'])
    world.addIngress('web', [rule('a.com/')])
    await world.settle()
    const counts = new Map<string, number>()
    for (let i = 0; i < 30; i++) {
      const found = world.outcome('a.com/')
      counts.set(found, (counts.get(found) ?? 0) + 1)
    }
    expect([...counts.values()]).toEqual([10, 10, 10])
  })
  it('an endpoint that is not ready gets nothing; one that comes gets its share', async (world) => {
    world.addService('one', ['10.0.0.1', '10.0.0.2'])
    world.addIngress('web', [rule('a.com/')])
    await world.settle()
    const { reloads } = world.controller
    world.setEndpoints('one', [
      { address: '10.0.0.1', ready: false },
      { address: '10.0.0.2', ready: true },
    ])
    await world.settle()
    expect(new Set(Array.from({ length: 6 }, () => world.outcome('a.com/')))).toEqual(new Set([TWO]))
    world.setEndpoints('one', [
      { address: '10.0.0.2', ready: true },
      { address: '10.0.0.4', ready: true },
    ])
    await world.settle()
    const now = Array.from({ length: 6 }, () => world.outcome('a.com/'))
    expect(now.toSorted((a, b) => (a < b ? -1 : 1))).toEqual([TWO, TWO, TWO, ...Array<string>(3).fill('10.0.0.4:8080')])
    expect(world.controller.reloads).toBeGreaterThanOrEqual(reloads)
  })
  it('a request under way is answered although its endpoint has gone', async (world) => {
    world.addService('one', ['10.0.0.1'])
    world.addIngress('web', [rule('a.com/')])
    await world.settle()
    const handled = world.ask('a.com/')
    if (handled.kind !== 'proxy') throw new TypeError(`the request is not passed on: ${handled.kind}`)
    world.setEndpoints('one', [])
    world.client.delete(ingresses, { namespace: 'default', name: 'web' })
    await world.settle()
    const [endpoint] = handled.endpoints
    const body = new TextEncoder().encode('late')
    const last = handled.answered(
      { status: 200, reason: '', headers: [['Content-Length', '4']], body },
      endpoint ?? { address: '', port: 0 },
      1,
    )
    expect(last.kind === 'respond' && [last.response.status, last.response.body]).toEqual([200, body])
  })
  it('without endpoints the controller answers 503', async (world) => {
    world.addService('one', [])
    world.addIngress('web', [rule('a.com/')])
    await world.settle()
    expect(world.outcome('a.com/')).toBe('503')
  })
  it('a Service or port that is missing harms no other path, and counts when it comes', async (world) => {
    world.addService('one', ['10.0.0.1'])
    world.addIngress('web', [rule('a.com/'), rule('a.com/later', 'two'), rule('a.com/port', 'one', 'Prefix', 'nope')])
    await world.settle()
    expect(world.outcome('a.com/x')).toBe(ONE)
    expect(world.outcome('a.com/later')).not.toBe(TWO)
    world.addService('two', ['10.0.0.2'])
    await world.settle()
    expect(world.outcome('a.com/later')).toBe(TWO)
    world.client.delete(services, { namespace: 'default', name: 'two' })
    await world.settle()
    expect([world.outcome('a.com/x'), world.outcome('a.com/later') === TWO]).toEqual([ONE, false])
  })
  it('an endpoint that cannot be reached is a 502 or 503, one that is silent a 504', async (world) => {
    world.addService('one', ['10.0.0.1'])
    world.addIngress('web', [rule('a.com/')])
    await world.settle()
    const ends = (['error', 'timeout'] as const).map((why) => {
      const handled = world.ask('a.com/')
      const last = handled.kind === 'proxy' ? handled.failed(why) : handled
      return last.kind === 'respond' ? last.response.status : 0
    })
    expect([502, 503]).toContain(ends[0])
    expect(ends[1]).toBe(504)
  })
  it('every reload is on the bus', async (world) => {
    let reloads = 0
    using _ = world.engine.bus.subscribe(ingressReloaded, () => void reloads++)
    const before = world.controller.reloads
    world.addService('one', ['10.0.0.1'])
    world.addIngress('web', [rule('a.com/')])
    await world.settle()
    expect(reloads).toBe(world.controller.reloads - before)
    expect(reloads).toBeGreaterThan(0)
  })
}
