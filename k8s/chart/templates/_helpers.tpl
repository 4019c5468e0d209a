{{/*
The objects of a file of k8s/base or k8s/components, in the namespace of the release. Takes `root`, the `path` of the file below files/,
and where they are wanted a `namespace`, and `labels` to add.
*/}}
{{- define "bitql-operator.objects" -}}
{{- $namespace := .root.Release.Namespace }}
{{- range splitList "\n---\n" (required (printf "files/%s is missing" .path) (.root.Files.Get (printf "files/%s" .path))) }}
{{- $object := fromYaml . }}
{{- if not (hasPrefix "Cluster" $object.kind) }}
{{- $_ := set $object.metadata "namespace" ($.namespace | default $namespace) }}
{{- end }}
{{- range $object.subjects }}
{{- $_ := set . "namespace" $namespace }}
{{- end }}
{{- $_ := set $object.metadata "labels" (merge (dict) ($.labels | default (dict)) $object.metadata.labels) }}
---
{{ toYaml $object }}
{{ end }}
{{- end }}

{{- define "bitql-operator.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}
