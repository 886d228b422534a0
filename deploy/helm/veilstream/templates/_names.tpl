{{- define "veilstream.name" -}}
{{- if contains .Chart.Name .Release.Name -}}{{ .Release.Name | trunc 52 | trimSuffix "-" }}
{{- else -}}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" }}{{- end -}}
{{- end -}}

{{- define "veilstream.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "veilstream.labels" -}}
{{ include "veilstream.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "veilstream.image" -}}
{{- if .Values.image.digest -}}{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{- end -}}
{{- end -}}

{{- define "veilstream.policyMap" -}}
{{- if .Values.policy.configMap -}}{{ .Values.policy.configMap }}{{- else -}}{{ include "veilstream.name" . }}-policy{{- end -}}
{{- end -}}

{{/* What the schema cannot say. */}}
{{- define "veilstream.check" -}}
{{- if not (or .Values.policy.text .Values.policy.configMap) }}
{{- fail "no policy: pass --set-file policy.text=policy.yaml, or name a ConfigMap in policy.configMap" }}
{{- end }}
{{- if and .Values.policy.text .Values.policy.configMap }}
{{- fail "two policies: policy.text and policy.configMap; keep one" }}
{{- end }}
{{- if not .Values.keys.secret }}
{{- fail "no keys: name the Secret that holds keyring.json in keys.secret" }}
{{- end }}
{{- if not .Values.settings.kafka.brokers }}
{{- fail "no brokers: set settings.kafka.brokers" }}
{{- end }}
{{- if and .Values.stateClaim (eq .Values.mode "deployment") (or .Values.keda.enabled (ne (int .Values.replicas) 1)) }}
{{- fail "stateClaim belongs to one instance: set replicas to 1, without keda" }}
{{- end }}
{{- if hasKey .Values.settings "http" }}
{{- fail "settings.http is the chart's own: set port" }}
{{- end }}
{{- $drain := .Values.settings.drain_deadline_ms | default 5000 | int }}
{{- if lt (mul (int .Values.terminationGracePeriodSeconds) 1000) (add $drain 5000) }}
{{- fail (printf "terminationGracePeriodSeconds is shorter than the drain: it must be at least %d" (div (add $drain 5999) 1000)) }}
{{- end }}
{{- if and .Values.keda.enabled (ne .Values.mode "deployment") }}
{{- fail "keda scales mode deployment only: a sidecar scales with its application" }}
{{- end }}
{{- end -}}
