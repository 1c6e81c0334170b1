// The cloud's side of a cluster: the service controller, and what it asks of a cloud provider.

export { CloudError, type CloudLoadBalancers, type LoadBalancerIngress } from './cloud-load-balancers.ts'
export { startServiceController, type ServiceControllerOptions } from './controller.ts'
