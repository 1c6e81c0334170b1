import { readFileSync } from 'node:fs'
import { test, expect } from 'vitest'
import { RecordIndex, answerQuestion, DEFAULT_ZONE_OPTIONS } from './records/index.ts'
import { typeNumber, rcodeName, rdataText, recordTypeName } from './wire/index.ts'
const dir = '/work/shared/reference/dns/'
const objects = JSON.parse(readFileSync(dir + 'objects.json', 'utf8')).items
const doc = JSON.parse(readFileSync(dir + 'answers.json', 'utf8'))
const index = new RecordIndex()
for (const o of objects) {
  if (o.kind === 'Namespace') index.putNamespace(o)
  if (o.kind === 'Service') index.putService(o)
  if (o.kind === 'EndpointSlice') index.putSlice(o)
  if (o.kind === 'Pod' && !['Succeeded', 'Failed', 'Unknown'].includes(o.status.phase)) index.putPod(o)
}
const zones = doc.zones
const configs = {
  kubeadm: { ...DEFAULT_ZONE_OPTIONS, zones, pods: 'insecure', fallthrough: ['in-addr.arpa.', 'ip6.arpa.'], ttl: 30 },
  verified: { ...DEFAULT_ZONE_OPTIONS, zones, pods: 'verified', endpointPodNames: true },
  disabled: { ...DEFAULT_ZONE_OPTIONS, zones, pods: 'disabled', ttl: 5, ignoreEmptyService: true },
}
const sect = (rs) => rs.map((r) => ({ name: r.name, ttl: r.ttl, type: recordTypeName(r), rdata: rdataText(r).replace(/(hostmaster\.\S*) \d+/, '$1 SERIAL') })).map((x) => JSON.stringify(x)).sort()
test('ref', () => {
  let ok = 0
  const bad = []
  for (const c of doc.cases) {
    const a = answerQuestion({ index, options: configs[c.config], localAddresses: ['10.244.0.10'], synced: true }, { name: c.qname, type: typeNumber(c.qtype), class: 1 })
    let got
    if (a.kind === 'pass' || (a.kind === 'missing' && a.fallThrough)) got = { rcode: 'SERVFAIL', flags: ['qr', 'rd'], answer: [], authority: [], additional: [] }
    else got = { rcode: rcodeName(a.reply.rcode ?? 0), flags: a.reply.authoritative ? ['qr', 'aa', 'rd'] : ['qr', 'rd'], answer: sect(a.reply.answer ?? []), authority: sect(a.reply.authority ?? []), additional: sect(a.reply.additional ?? []) }
    const want = { rcode: c.rcode, flags: c.flags, answer: c.answer.map((x) => JSON.stringify(x)).sort(), authority: c.authority.map((x) => JSON.stringify(x)).sort(), additional: c.additional.map((x) => JSON.stringify(x)).sort() }
    if (JSON.stringify(got) === JSON.stringify(want)) ok++
    else bad.push([c.config, c.qname, c.qtype, '\n  want', JSON.stringify(want), '\n  got ', JSON.stringify(got)].join(' '))
  }
  console.log(ok, doc.cases.length)
  console.log(bad.slice(0, 12).join('\n'))
})
