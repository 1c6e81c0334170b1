// ClusterRoles of kube-controller-manager's controllers, `system:controller:NAME`, each bound to the service account NAME of
// kube-system. Source: kubernetes plugin/pkg/auth/authorizer/rbac/bootstrappolicy/controller_policy.go, gates of 1.36.

const READ = 'get list watch'
const EVENTS = 'create update patch | core events.k8s.io | events'

export const CONTROLLER_ROLES = `
attachdetach-controller
  list watch | core | persistentvolumes persistentvolumeclaims
  ${READ} | core | nodes
  patch update | core | nodes/status
  list watch | core | pods
  ${EVENTS}
  ${READ} create delete | storage.k8s.io | volumeattachments
  ${READ} | storage.k8s.io | csidrivers
  ${READ} | storage.k8s.io | csinodes
clusterrole-aggregation-controller
  escalate ${READ} update patch | rbac.authorization.k8s.io | clusterroles
cronjob-controller
  ${READ} update | batch | cronjobs
  ${READ} create update delete patch | batch | jobs
  update | batch | cronjobs/status
  update | batch | cronjobs/finalizers
  list watch delete | core | pods
  ${EVENTS}
daemon-set-controller
  ${READ} | extensions apps | daemonsets
  update | extensions apps | daemonsets/status
  update | extensions apps | daemonsets/finalizers
  list watch | core | nodes
  list watch create delete patch | core | pods
  create | core | pods/binding
  ${READ} create delete update patch | apps | controllerrevisions
  ${EVENTS}
deployment-controller
  ${READ} update | extensions apps | deployments
  update | extensions apps | deployments/status
  update | extensions apps | deployments/finalizers
  ${READ} create update patch delete | apps extensions | replicasets
  ${READ} update | core | pods
  ${EVENTS}
disruption-controller
  ${READ} | extensions apps | deployments
  ${READ} | apps extensions | replicasets
  ${READ} | core | replicationcontrollers
  ${READ} | policy | poddisruptionbudgets
  ${READ} | apps | statefulsets
  update | policy | poddisruptionbudgets/status
  patch update | core | pods/status
  get | * | */scale
  ${EVENTS}
endpoint-controller
  ${READ} | core | services pods
  ${READ} create update delete | core | endpoints
  create | core | endpoints/restricted
  ${EVENTS}
endpointslice-controller
  ${READ} | core | services pods nodes
  update | core | services/finalizers
  ${READ} create update delete | discovery.k8s.io | endpointslices
  ${EVENTS}
endpointslicemirroring-controller
  ${READ} | core | services endpoints
  update | core | services/finalizers
  update | core | endpoints/finalizers
  ${READ} create update delete | discovery.k8s.io | endpointslices
  ${EVENTS}
expand-controller
  ${READ} update patch | core | persistentvolumes
  update patch | core | persistentvolumeclaims/status
  ${READ} | core | persistentvolumeclaims
  ${EVENTS}
  get | core | services
ephemeral-volume-controller
  ${READ} | core | pods
  update | core | pods/finalizers
  ${READ} create | core | persistentvolumeclaims
  ${EVENTS}
resource-claim-controller
  ${READ} | core | pods
  update | core | pods/finalizers
  ${READ} create delete | resource.k8s.io | resourceclaims
  update patch | resource.k8s.io | resourceclaims resourceclaims/status
  update patch | core | pods/status
  ${EVENTS}
generic-garbage-collector
  ${READ} patch update delete | * | *
  ${EVENTS}
horizontal-pod-autoscaler
  ${READ} | autoscaling | horizontalpodautoscalers
  update | autoscaling | horizontalpodautoscalers/status
  get update | * | */scale
  list watch | core | pods
  list watch | metrics.k8s.io | pods
  ${READ} | custom.metrics.k8s.io | *
  ${READ} | external.metrics.k8s.io | *
  ${EVENTS}
job-controller
  ${READ} update patch | batch | jobs
  update | batch | jobs/status
  update | batch | jobs/finalizers
  list watch create delete patch | core | pods
  ${EVENTS}
namespace-controller
  ${READ} delete | core | namespaces
  update | core | namespaces/finalize namespaces/status
  ${READ} delete deletecollection | * | *
node-controller
  ${READ} update delete patch | core | nodes
  patch update | core | nodes/status
  patch update | core | pods/status
  ${READ} delete | core | pods
  ${EVENTS}
persistent-volume-binder
  ${READ} update create delete | core | persistentvolumes
  update | core | persistentvolumes/status
  ${READ} update | core | persistentvolumeclaims
  update | core | persistentvolumeclaims/status
  ${READ} create delete | core | pods
  ${READ} | storage.k8s.io | storageclasses
  list watch | core | nodes
  ${EVENTS}
  watch | core | events
  get | core | services
pod-garbage-collector
  list watch delete | core | pods
  ${READ} | core | nodes
  patch | core | pods/status
replicaset-controller
  ${READ} update | apps extensions | replicasets
  update | apps extensions | replicasets/status
  update | apps extensions | replicasets/finalizers
  list watch patch create delete | core | pods
  ${EVENTS}
replication-controller
  ${READ} update | core | replicationcontrollers
  update | core | replicationcontrollers/status
  update | core | replicationcontrollers/finalizers
  list watch patch create delete | core | pods
  ${EVENTS}
resourcequota-controller
  list watch | * | *
  update | core | resourcequotas/status
  ${EVENTS}
route-controller
  list watch | core | nodes
  patch | core | nodes/status
  ${EVENTS}
service-account-controller
  create | core | serviceaccounts
  ${EVENTS}
service-controller
  ${READ} | core | services
  patch update | core | services/status
  list watch | core | nodes
  ${EVENTS}
service-cidrs-controller
  ${READ} patch update | networking.k8s.io | servicecidrs
  patch update | networking.k8s.io | servicecidrs/finalizers
  patch update | networking.k8s.io | servicecidrs/status
  ${READ} | networking.k8s.io | ipaddresses
  ${EVENTS}
statefulset-controller
  list watch | core | pods
  ${READ} | apps | statefulsets
  update | apps | statefulsets/status
  update | apps | statefulsets/finalizers
  get create delete update patch | core | pods
  ${READ} create delete update patch | apps | controllerrevisions
  ${READ} create | core | persistentvolumeclaims
  update delete | core | persistentvolumeclaims
  update | core | pods/finalizers
  ${EVENTS}
ttl-controller
  update patch list watch | core | nodes
  ${EVENTS}
certificate-controller
  ${READ} delete | certificates.k8s.io | certificatesigningrequests
  update | certificates.k8s.io | certificatesigningrequests/status certificatesigningrequests/approval
  approve | certificates.k8s.io | signers | kubernetes.io/kube-apiserver-client-kubelet
  sign | certificates.k8s.io | signers | kubernetes.io/legacy-unknown kubernetes.io/kube-apiserver-client kubernetes.io/kube-apiserver-client-kubelet kubernetes.io/kubelet-serving
  create | authorization.k8s.io | subjectaccessreviews
  ${EVENTS}
pvc-protection-controller
  ${READ} update | core | persistentvolumeclaims
  ${READ} | core | pods
  ${EVENTS}
pv-protection-controller
  ${READ} update | core | persistentvolumes
  ${EVENTS}
volumeattributesclass-protection-controller
  ${READ} | core | persistentvolumeclaims
  ${READ} | core | persistentvolumes
  ${READ} update | storage.k8s.io | volumeattributesclasses
  ${EVENTS}
ttl-after-finished-controller
  ${READ} delete | batch | jobs
  ${EVENTS}
root-ca-cert-publisher
  create update | core | configmaps
  ${EVENTS}
validatingadmissionpolicy-status-controller
  ${READ} | admissionregistration.k8s.io | validatingadmissionpolicies
  get patch update | admissionregistration.k8s.io | validatingadmissionpolicies/status
  ${EVENTS}
legacy-service-account-token-cleaner
  get | core | configmaps | kube-apiserver-legacy-service-account-token-tracking
  patch delete | core | secrets
selinux-warning-controller
  ${EVENTS}
  ${READ} | core | persistentvolumes
  ${READ} | core | persistentvolumeclaims
  ${READ} | core | pods
  ${READ} | storage.k8s.io | csidrivers
`
