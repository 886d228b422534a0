{{/* The container, alike in both modes. */}}
{{- define "veilstream.container" -}}
name: veil
image: {{ include "veilstream.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
args:
  - run
  - --policy=/etc/veil/policy.yaml
  - --config=/etc/veil/veil.yaml
  # Files of a Secret belong to root, and the pod's fsGroup may read them.
  - --keyring-group-read
  {{- if .Values.instanceFromPod }}
  - --instance=$(POD_NAME)
  {{- end }}
env:
  - { name: VEIL__HTTP, value: "0.0.0.0:{{ .Values.port }}" }
  {{- if .Values.stateClaim }}
  - { name: VEIL__STATE_DIR, value: /var/lib/veil }
  {{- end }}
  {{- if .Values.instanceFromPod }}
  - { name: POD_NAME, valueFrom: { fieldRef: { fieldPath: metadata.name } } }
  {{- end }}
  {{- if .Values.keys.passphrase }}
  - { name: VEIL_PASSPHRASE_FILE, value: /etc/veil/passphrase }
  {{- end }}
ports:
  - { name: veil-http, containerPort: {{ .Values.port }}, protocol: TCP }
startupProbe:
  httpGet: { path: /livez, port: veil-http }
  {{- toYaml .Values.probes.startup | nindent 2 }}
livenessProbe:
  httpGet: { path: /livez, port: veil-http }
  {{- toYaml .Values.probes.liveness | nindent 2 }}
readinessProbe:
  httpGet: { path: /readyz, port: veil-http }
  {{- toYaml .Values.probes.readiness | nindent 2 }}
resources:
  {{- toYaml .Values.resources | nindent 2 }}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
  seccompProfile: { type: RuntimeDefault }
volumeMounts:
  - { name: veil, mountPath: /etc/veil, readOnly: true }
  {{- if .Values.stateClaim }}
  - { name: veil-state, mountPath: /var/lib/veil }
  {{- end }}
{{- end -}}

{{/* An init container that stays: what follows starts when its startupProbe has succeeded, and it stops last. */}}
{{- define "veilstream.sidecar" -}}
{{- include "veilstream.check" . -}}
- restartPolicy: Always
  {{- include "veilstream.container" . | nindent 2 }}
{{- end -}}

{{/* One folder: policy, settings, and the keyring beside the policy that names it. */}}
{{- define "veilstream.volumes" -}}
- name: veil
  projected:
    defaultMode: 0440
    sources:
      - configMap:
          name: {{ include "veilstream.policyMap" . }}
          items: [{ key: policy.yaml, path: policy.yaml }]
      - configMap:
          name: {{ include "veilstream.name" . }}-settings
          items: [{ key: veil.yaml, path: veil.yaml }]
      - secret:
          name: {{ .Values.keys.secret }}
          items:
            - { key: keyring.json, path: keyring.json }
            {{- if .Values.keys.passphrase }}
            - { key: passphrase, path: passphrase }
            {{- end }}
      {{- range .Values.files }}
      - secret:
          name: {{ .secret }}
          items:
            {{- toYaml .items | nindent 12 }}
      {{- end }}
{{- if .Values.stateClaim }}
- name: veil-state
  persistentVolumeClaim: { claimName: {{ .Values.stateClaim | quote }} }
{{- end }}
{{- end -}}
