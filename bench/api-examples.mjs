// What the API cases read and write: one pod and one Service as people write them, and the requests made of them.

export const LIST_SIZE = 500
export const TOKEN = 'bench'
const NAMESPACE = '/api/v1/namespaces/default'

export const examples = {
  pod: (name) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels: { app: 'web', tier: 'front' } },
    spec: {
      nodeName: 'node-1',
      containers: [
        {
          name: 'web',
          image: 'nginx:1.27',
          ports: [{ containerPort: 80 }],
          readinessProbe: { httpGet: { path: '/', port: 80 } },
        },
      ],
    },
  }),
  service: (name) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default', labels: { app: 'web' } },
    spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 80 }] },
  }),
  configMap: (name) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default' },
    data: { 'app.properties': 'colour=blue\nsize=3\n' },
  }),
}

/** Each request by its name; `body` is made anew for each number, so that every create is of another object. */
export const REQUESTS = {
  get: { method: 'GET', path: `${NAMESPACE}/pods/web-7` },
  list: { method: 'GET', path: `${NAMESPACE}/pods` },
  'create ConfigMap': { method: 'POST', path: `${NAMESPACE}/configmaps`, body: (i) => examples.configMap(`c-${i}`) },
  'create Service': { method: 'POST', path: `${NAMESPACE}/services`, body: (i) => examples.service(`s-${i}`) },
  'create Pod': { method: 'POST', path: `${NAMESPACE}/pods`, body: (i) => examples.pod(`p-${i}`) },
}
