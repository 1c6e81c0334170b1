// What the HTTPS door asks of the request pipeline behind it. The pipeline implements RequestHandler (createRequestHandler in
// pipeline/); the door turns URLs, headers and bodies into ApiRequest and the answers into JSON, YAML, tables and watch streams.
// Everything here is synchronous and runs inside Driver.enter. Refusals are thrown as StatusError.

import type { KubeObject } from '../objects/kube-object.ts'
import type { Authorizer } from './authorization.ts'
import type { Resource } from '../resources/resource.ts'
import type { Status } from '../status/status-error.ts'

export type RequestVerb = 'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'update'

export interface UserInfo {
  /** e.g. `kubernetes-admin` */
  readonly name: string
  readonly uid?: string
  readonly groups: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

/** What is known of a token: its user and which of the wanted audiences it is for, why it is no good, or nothing. */
export type TokenOutcome =
  { readonly user: UserInfo; readonly audiences: readonly string[] } | { readonly error: string } | undefined

/** A request body as it came. The door has already turned protobuf into JSON, so `contentType` never names protobuf. */
export interface RequestBody {
  /** The media type, lower case, without parameters: `application/json`, `application/yaml`, `application/merge-patch+json` …; '' when the client sent none. */
  readonly contentType: string
  readonly bytes: Uint8Array
}

/** What every verb has. The door has checked that the resource is served and that the user may do this. */
export interface ResourceRequest {
  readonly resource: Resource
  /** The version the client speaks, where `resource` is what its objects are stored as. */
  readonly spoken?: Resource
  /** Absent: all namespaces, or a cluster-scoped resource. */
  readonly namespace?: string
  /** Absent for list, create, deletecollection and watches of a collection. */
  readonly name?: string
  /** `status`, `scale`, `binding`, `eviction`, `ephemeralcontainers`, `resize`, `token`, `finalize` …; never a stream. */
  readonly subresource?: string
  /** The URL's query as sent: labelSelector, limit, dryRun, fieldManager, fieldValidation, resourceVersion, force … */
  readonly query: URLSearchParams
  readonly user: UserInfo
  /** The whole User-Agent header; '' when absent. */
  readonly userAgent: string
  /** Adds a `Warning: 299` header (the door dedupes and escapes). After a watch has begun it has no effect. */
  readonly warn: (text: string) => void
}

export interface ApiRequest extends ResourceRequest {
  readonly verb: RequestVerb
  /** Absent when the client sent no bytes. */
  readonly body?: RequestBody
}

export interface ListMetadata {
  /** Absent for what is not stored. */
  readonly resourceVersion?: string
  readonly continue?: string
  readonly remainingItemCount?: number
}

export type ApiResponse =
  /** One object, whole (apiVersion and kind included): of the resource's kind, or what a subresource answers (Scale …). */
  | { readonly type: 'object'; readonly code: 200 | 201 | 202; readonly object: ApiObject }
  /** The items are the stored objects themselves (the door drops apiVersion and kind of each); kind is the resource's + List. */
  | { readonly type: 'list'; readonly items: readonly KubeObject[]; readonly metadata: ListMetadata }
  /** E.g. the Success Status of a DELETE. `code` is the HTTP code. */
  | { readonly type: 'status'; readonly code: number; readonly status: Status }

/** Any API object on its way out; metadata may be missing parts (Scale, Status-like answers, dry runs). */
export interface ApiObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata?: object
}

/** Where a watch's events go, in order. Called inside the simulation, at the moment of the write. */
export interface WatchSink {
  /** BOOKMARK objects have apiVersion, kind and metadata.resourceVersion (and annotations for initial-events-end) only. */
  event(type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK', object: ApiObject): void
  /** An ERROR event; the watch ends with it. */
  error(status: Status): void
  /** The watch is over: what it watched is served another way now, or no more. */
  end?(): void
}

/** How many objects of one kind are stored. */
export interface ObjectCount {
  readonly group: string
  readonly resource: string
  readonly count: number
}

export interface RequestHandler {
  handle(request: ApiRequest): ApiResponse
  /**
   * Starts a watch: what exists first (or what came after `resourceVersion`), then live. `name` means a watch of that object.
   * Throws StatusError when refused outright; a revision that is too old goes to `sink.error`. Handles labelSelector,
   * fieldSelector, resourceVersion, resourceVersionMatch and sendInitialEvents with its closing bookmark; the door handles
   * timeoutSeconds and the periodic bookmarks of allowWatchBookmarks.
   */
  watch(request: ResourceRequest, sink: WatchSink): { stop(): void }
  /** The body of a review, read as that of a create is; reviews are answered and never stored. Throws StatusError. */
  readReview(request: ApiRequest): ApiObject
  /** Who a service account's token speaks for, if it is meant for one of `audiences` (default: this server). */
  userOfToken?(token: string, audiences?: readonly string[]): TokenOutcome
  /** Who decides what users may do; stores the roles every cluster starts with, if they are not there yet. */
  authorizer?(): Authorizer
  /** How many objects of each stored kind there are, for metrics. */
  objectCounts?(): readonly ObjectCount[]
  /** The newest revision, for bookmarks. */
  revision(): string
}
