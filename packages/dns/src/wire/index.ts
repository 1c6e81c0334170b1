// The DNS wire format: message values (message.ts), reading requests (request.ts) and any message (decode.ts), writing
// (encode.ts), fitting a transport (fit.ts), names, addresses and zone-file text.

export {
  addressFamily,
  addressOfReverseName,
  canonicalAddress,
  ipv4Bytes,
  ipv6Bytes,
  isReverseName,
  reverseNameOf,
} from './address.ts'
export { decodeMessage } from './decode.ts'
export { encodeMessage } from './encode.ts'
export { echoedEdns, encodeReply, sizeLimit } from './fit.ts'
export {
  queryFor,
  replyTo,
  type AddressRecord,
  type DnsMessage,
  type Edns,
  type EdnsOption,
  type Question,
  type ReplyParts,
  type ResourceRecord,
} from './message.ts'
export { fullyQualified, isInZone, labelsOf, nameFault } from './names.ts'
export {
  CLASS_IN,
  className,
  classNumber,
  RCODE,
  rcodeName,
  rcodeNumber,
  TYPE,
  typeName,
  typeNumber,
} from './record-type.ts'
export { parseRecord } from './parse-record.ts'
export { rdataText, recordLine, recordTypeName } from './record-text.ts'
export { readRequest } from './request.ts'
