// Reads manifests into the types of Kubernetes and of the operator of Prometheus, strictly: a field that a type
// does not have, or has twice, is an error. A kind of another program is named and left out.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	yamlreader "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

var kinds = map[string]func() any{
	"apps/v1 Deployment":                  func() any { return &apps.Deployment{} },
	"v1 ConfigMap":                        func() any { return &core.ConfigMap{} },
	"v1 ServiceAccount":                   func() any { return &core.ServiceAccount{} },
	"policy/v1 PodDisruptionBudget":       func() any { return &policy.PodDisruptionBudget{} },
	"networking.k8s.io/v1 NetworkPolicy":  func() any { return &networking.NetworkPolicy{} },
	"monitoring.coreos.com/v1 PodMonitor": func() any { return &monitoring.PodMonitor{} },
}

func main() {
	read, failed := 0, 0
	for _, path := range os.Args[1:] {
		text, err := os.ReadFile(path)
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		parts := yamlreader.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
		for {
			part, err := parts.Read()
			if err == io.EOF {
				break
			}
			var kind meta.TypeMeta
			if err == nil {
				err = yaml.Unmarshal(part, &kind)
			}
			if err == nil && kind.Kind == "" {
				continue
			}
			name := kind.APIVersion + " " + kind.Kind
			into, known := kinds[name]
			switch {
			case err == nil && !known:
				fmt.Printf("%s: %s NOT CHECKED, its types are not here\n", path, name)
				continue
			case err == nil:
				err = yaml.UnmarshalStrict(part, into())
			}
			read++
			if err != nil {
				failed++
				fmt.Printf("%s: %s: %v\n", path, name, err)
			}
		}
	}
	fmt.Printf("%d objects read, %d failed\n", read, failed)
	if failed > 0 || read == 0 {
		os.Exit(1)
	}
}
