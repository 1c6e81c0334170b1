// ClusterRoles of every cluster, for users and for the components of the control plane, with the subjects they are bound to.
// Source: kubernetes plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go, with the feature gates of 1.36 as they are on.
// The words after a name: `into-X` is a part of the aggregated role X, `group:G`, `user:U`, `account:A` whom it is bound to.

const READ = 'get list watch'
const READ_UPDATE = `${READ} update patch`
const WRITE = 'create update patch delete deletecollection'
const READ_WRITE = `${READ} ${WRITE}`
const EVENTS = 'create update patch | core events.k8s.io | events'

const PARTS = `
system:aggregate-to-admin into-admin
  create | authorization.k8s.io | localsubjectaccessreviews
  ${READ_WRITE} | rbac.authorization.k8s.io | roles rolebindings
system:aggregate-to-edit into-edit
  ${READ} | core | pods/attach pods/proxy pods/exec pods/portforward secrets services/proxy
  impersonate | core | serviceaccounts
  ${WRITE} | core | pods pods/attach pods/proxy pods/exec pods/portforward
  create | core | pods/eviction
  ${WRITE} | core | replicationcontrollers replicationcontrollers/scale serviceaccounts services services/proxy persistentvolumeclaims configmaps secrets
  create | core | serviceaccounts/token
  ${WRITE} | core events.k8s.io | events
  ${WRITE} | apps | statefulsets statefulsets/scale daemonsets deployments deployments/scale deployments/rollback replicasets replicasets/scale
  ${WRITE} | autoscaling | horizontalpodautoscalers
  ${WRITE} | batch | jobs cronjobs
  ${WRITE} | extensions | daemonsets deployments deployments/scale deployments/rollback ingresses replicasets replicasets/scale replicationcontrollers/scale networkpolicies
  ${WRITE} | policy | poddisruptionbudgets
  ${WRITE} | networking.k8s.io | networkpolicies ingresses
  ${READ_WRITE} | coordination.k8s.io | leases
  ${WRITE} | resource.k8s.io | resourceclaims resourceclaimtemplates
system:aggregate-to-view into-view
  ${READ} | core | pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status endpoints persistentvolumeclaims persistentvolumeclaims/status configmaps
  ${READ} | core | limitranges resourcequotas bindings pods/status resourcequotas/status namespaces/status replicationcontrollers/status pods/log
  ${READ} | core | namespaces
  ${READ} | core events.k8s.io | events
  ${READ} | discovery.k8s.io | endpointslices
  ${READ} | apps | controllerrevisions statefulsets statefulsets/status statefulsets/scale daemonsets daemonsets/status deployments deployments/status deployments/scale replicasets replicasets/status replicasets/scale
  ${READ} | autoscaling | horizontalpodautoscalers horizontalpodautoscalers/status
  ${READ} | batch | jobs cronjobs cronjobs/status jobs/status
  ${READ} | extensions | daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses ingresses/status replicasets replicasets/scale replicasets/status replicationcontrollers/scale networkpolicies
  ${READ} | policy | poddisruptionbudgets poddisruptionbudgets/status
  ${READ} | networking.k8s.io | networkpolicies ingresses ingresses/status
  ${READ} | resource.k8s.io | resourceclaims resourceclaims/status resourceclaimtemplates
`

const USERS = `
cluster-admin group:system:masters
  * | * | *
  * | *
admin aggregates-admin
edit aggregates-edit into-admin
view aggregates-view into-edit
system:discovery group:system:authenticated
  get | /livez /readyz /healthz /version /version/ /openapi /openapi/* /api /api/* /apis /apis/*
system:monitoring group:system:monitoring
  get | /metrics /metrics/slis /livez /readyz /healthz /livez/* /readyz/* /healthz/*
  get | core | nodes/metrics
system:basic-user group:system:authenticated
  create | authorization.k8s.io | selfsubjectaccessreviews selfsubjectrulesreviews
  create | authentication.k8s.io | selfsubjectreviews
system:public-info-viewer group:system:authenticated group:system:unauthenticated
  get | /livez /readyz /healthz /version /version/
system:service-account-issuer-discovery group:system:serviceaccounts
  get | /.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/
`

const COMPONENTS = `
system:heapster
  ${READ} | core | events pods nodes namespaces
  ${READ} | extensions | deployments
system:node bound
  create | authentication.k8s.io | tokenreviews
  create | authorization.k8s.io | subjectaccessreviews localsubjectaccessreviews
  ${READ} | core | services
  create ${READ} | core | nodes
  update patch | core | nodes/status
  update patch | core | nodes
  ${EVENTS}
  ${READ} | core | pods
  create delete | core | pods
  update patch | core | pods/status
  create | core | pods/eviction
  ${READ} | core | secrets configmaps
  get | core | persistentvolumeclaims persistentvolumes
  get | core | endpoints
  create ${READ} | certificates.k8s.io | certificatesigningrequests
  get create update patch delete | coordination.k8s.io | leases
  get | storage.k8s.io | volumeattachments
  create | core | serviceaccounts/token
  get update patch | core | persistentvolumeclaims/status
  ${READ} | storage.k8s.io | csidrivers
  get create update patch delete | storage.k8s.io | csinodes
  ${READ} | node.k8s.io | runtimeclasses
  get | resource.k8s.io | resourceclaims
  deletecollection | resource.k8s.io | resourceslices
  get | core | serviceaccounts
system:node-problem-detector
  get | core | nodes
  patch | core | nodes/status
  ${EVENTS}
system:node-bootstrapper
  create ${READ} | certificates.k8s.io | certificatesigningrequests
system:auth-delegator
  create | authentication.k8s.io | tokenreviews
  create | authorization.k8s.io | subjectaccessreviews
system:kube-aggregator
  ${READ} | core | services endpoints
system:kube-controller-manager user:system:kube-controller-manager
  ${EVENTS}
  create | coordination.k8s.io | leases
  get update | coordination.k8s.io | leases | kube-controller-manager
  create | core | secrets serviceaccounts
  delete | core | secrets
  get | core | namespaces secrets serviceaccounts configmaps
  update | core | secrets serviceaccounts
  create | authentication.k8s.io | tokenreviews
  create | authorization.k8s.io | subjectaccessreviews
  list watch | * | *
  create | core | serviceaccounts/token
system:kube-dns account:kube-dns
  list watch | core | endpoints services
system:persistent-volume-provisioner
  ${READ} create delete | core | persistentvolumes
  ${READ} update | core | persistentvolumeclaims
  ${READ} | storage.k8s.io | storageclasses
  watch | core | events
  ${EVENTS}
system:certificates.k8s.io:certificatesigningrequests:nodeclient
  create | certificates.k8s.io | certificatesigningrequests/nodeclient
system:certificates.k8s.io:certificatesigningrequests:selfnodeclient
  create | certificates.k8s.io | certificatesigningrequests/selfnodeclient
system:volume-scheduler user:system:kube-scheduler
  ${READ_UPDATE} | core | persistentvolumes
  ${READ} | storage.k8s.io | storageclasses
  ${READ_UPDATE} | core | persistentvolumeclaims
system:certificates.k8s.io:legacy-unknown-approver
  approve | certificates.k8s.io | signers | kubernetes.io/legacy-unknown
system:certificates.k8s.io:kubelet-serving-approver
  approve | certificates.k8s.io | signers | kubernetes.io/kubelet-serving
system:certificates.k8s.io:kube-apiserver-client-approver
  approve | certificates.k8s.io | signers | kubernetes.io/kube-apiserver-client
system:certificates.k8s.io:kube-apiserver-client-kubelet-approver
  approve | certificates.k8s.io | signers | kubernetes.io/kube-apiserver-client-kubelet
system:kubelet-api-admin
  ${READ} | core | nodes
  proxy | core | nodes
  * | core | nodes/proxy nodes/metrics nodes/stats nodes/log
  * | core | nodes/pods nodes/healthz nodes/configz
system:node-proxier user:system:kube-proxy
  list watch | core | services endpoints
  ${READ} | core | nodes
  ${EVENTS}
  list watch | networking.k8s.io | servicecidrs
  list watch | discovery.k8s.io | endpointslices
system:kube-scheduler user:system:kube-scheduler
  ${EVENTS}
  create | coordination.k8s.io | leases
  get update list watch | coordination.k8s.io | leases | kube-scheduler
  ${READ_WRITE} | coordination.k8s.io | leasecandidates
  ${READ} | core | nodes
  ${READ} delete | core | pods
  create | core | pods/binding bindings
  patch update | core | pods/status
  ${READ} | core | services replicationcontrollers
  ${READ} | apps extensions | replicasets
  ${READ} | apps | statefulsets
  ${READ} | policy | poddisruptionbudgets
  ${READ} | core | persistentvolumeclaims persistentvolumes
  create | authentication.k8s.io | tokenreviews
  create | authorization.k8s.io | subjectaccessreviews
  ${READ} | storage.k8s.io | csinodes
  ${READ} | storage.k8s.io | volumeattachments
  ${READ} | core | namespaces
  ${READ} | storage.k8s.io | csidrivers
  ${READ} | storage.k8s.io | csistoragecapacities
  ${READ} | resource.k8s.io | deviceclasses
  ${READ_UPDATE} | resource.k8s.io | resourceclaims
  ${READ_UPDATE} | resource.k8s.io | resourceclaims/status
  update | core | pods/finalizers
  ${READ} | resource.k8s.io | resourceslices
`

export const BOOTSTRAP_ROLES = PARTS + USERS + COMPONENTS

/** Roles inside namespaces; `binds` is whom the role is bound to there. Source: namespace_policy.go. */
export const NAMESPACE_ROLES: Readonly<Record<string, string>> = {
  'kube-public': `
system:controller:bootstrap-signer account:bootstrap-signer
  ${READ} | core | configmaps
  update | core | configmaps | cluster-info
  ${EVENTS}
`,
  'kube-system': `
extension-apiserver-authentication-reader
  ${READ} | core | configmaps | extension-apiserver-authentication
system:controller:bootstrap-signer account:bootstrap-signer
  ${READ} | core | secrets
system:controller:cloud-provider account:cloud-provider
  create ${READ} update | core | configmaps
system:controller:token-cleaner account:token-cleaner
  ${READ} delete | core | secrets
  ${EVENTS}
system::leader-locking-kube-controller-manager user:system:kube-controller-manager account:kube-controller-manager
  watch | core | configmaps
  get update | core | configmaps | kube-controller-manager
system::leader-locking-kube-scheduler user:system:kube-scheduler account:kube-scheduler
  watch | core | configmaps
  get update | core | configmaps | kube-scheduler
`,
}

/** Bound to components of the control plane beside their own roles: `system::extension-apiserver-authentication-reader`. */
export const AUTHENTICATION_READER_USERS = ['system:kube-controller-manager', 'system:kube-scheduler'] as const
