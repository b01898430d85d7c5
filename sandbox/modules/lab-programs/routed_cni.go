package main

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const podGateway = "169.254.1.1"

// routedCNI is a CNI plugin that stands in for Azure's: a pod gets an address of the nodes' own subnet and a host
// interface called azv..., by which Calico in policy-only mode knows its pods. Azure's own plugin is published as a Go
// module, but without an entry in the checksum database (2026-11-22), so it is not built.
func routedCNI([]string) error {
	config, err := io.ReadAll(io.LimitReader(os.Stdin, 1<<20))
	if err != nil {
		return err
	}
	var result any
	switch command := os.Getenv("CNI_COMMAND"); command {
	case "ADD":
		result, err = addPod(config)
	case "DEL":
		err = removePod(config)
	case "CHECK":
	case "VERSION":
		result = map[string]any{"cniVersion": "0.4.0", "supportedVersions": []string{"0.3.1", "0.4.0"}}
	default:
		err = fmt.Errorf("unknown CNI_COMMAND %q", command)
	}
	if err != nil {
		result = map[string]any{"cniVersion": "0.4.0", "code": 100, "msg": err.Error()}
	}
	if result != nil {
		if failed := json.NewEncoder(os.Stdout).Encode(result); failed != nil {
			return failed
		}
	}
	return err
}

type podNetwork struct {
	Version string `json:"cniVersion"`
	IPAM    struct {
		Type string `json:"type"`
	} `json:"ipam"`
}

// hostInterface is the name under which Felix looks for a pod's interface (libcalico-go, workload endpoints of
// Kubernetes pods): the prefix and a hash of namespace and name.
func hostInterface() (string, error) {
	var namespace, name string
	for _, part := range strings.Split(os.Getenv("CNI_ARGS"), ";") {
		key, value, _ := strings.Cut(part, "=")
		switch key {
		case "K8S_POD_NAMESPACE":
			namespace = value
		case "K8S_POD_NAME":
			name = value
		}
	}
	if namespace == "" || name == "" {
		return "", errors.New("CNI_ARGS names no pod")
	}
	sum := sha1.Sum([]byte(namespace + "." + name))
	return "azv" + hex.EncodeToString(sum[:])[:11], nil
}

func addPod(config []byte) (any, error) {
	var network podNetwork
	if err := json.Unmarshal(config, &network); err != nil {
		return nil, err
	}
	host, err := hostInterface()
	if err != nil {
		return nil, err
	}
	address, err := allocate(network, config)
	if err != nil {
		return nil, err
	}
	pod, namespace := os.Getenv("CNI_IFNAME"), os.Getenv("CNI_NETNS")
	inPod := func(arguments ...string) []string {
		return append([]string{"nsenter", "--net=" + namespace, "--", "ip"}, arguments...)
	}
	part := "t" + host[3:]
	_ = run("ip", "link", "del", host) // of a sandbox that was not taken down
	for _, command := range [][]string{
		{"ip", "link", "add", host, "type", "veth", "peer", "name", part},
		{"ip", "link", "set", part, "netns", namespace},
		inPod("link", "set", part, "name", pod),
		inPod("link", "set", "lo", "up"),
		inPod("addr", "add", address+"/32", "dev", pod),
		inPod("link", "set", pod, "up"),
		inPod("route", "add", podGateway, "dev", pod, "scope", "link"),
		inPod("route", "add", "default", "via", podGateway),
		{"ip", "link", "set", host, "up"},
		{"ip", "route", "replace", address + "/32", "dev", host},
	} {
		if err := run(command...); err != nil {
			_ = removePod(config)
			return nil, err
		}
	}
	if err := os.WriteFile("/proc/sys/net/ipv4/conf/"+host+"/proxy_arp", []byte("1"), 0o644); err != nil {
		_ = removePod(config)
		return nil, err
	}
	return map[string]any{
		"cniVersion": network.Version,
		"interfaces": []any{map[string]any{"name": host}, map[string]any{"name": pod, "sandbox": namespace}},
		"ips": []any{map[string]any{
			"version": "4", "address": address + "/32", "gateway": podGateway, "interface": 1,
		}},
	}, nil
}

func allocate(network podNetwork, config []byte) (string, error) {
	output, err := delegate(network, config)
	if err != nil {
		return "", err
	}
	var answer struct {
		IPs []struct {
			Address string `json:"address"`
		} `json:"ips"`
	}
	if err := json.Unmarshal(output, &answer); err != nil || len(answer.IPs) == 0 {
		return "", fmt.Errorf("%s gave no address: %s", network.IPAM.Type, output)
	}
	address, _, _ := strings.Cut(answer.IPs[0].Address, "/")
	return address, nil
}

func removePod(config []byte) error {
	var network podNetwork
	if err := json.Unmarshal(config, &network); err != nil {
		return err
	}
	if _, err := delegate(network, config); err != nil {
		return err
	}
	if host, err := hostInterface(); err == nil {
		_ = run("ip", "link", "del", host) // gone with the pod's namespace, or never there
	}
	return nil
}

// delegate runs the address plugin with our own command and surroundings.
func delegate(network podNetwork, config []byte) ([]byte, error) {
	if network.IPAM.Type == "" || filepath.Base(network.IPAM.Type) != network.IPAM.Type {
		return nil, fmt.Errorf("bad ipam.type %q", network.IPAM.Type)
	}
	for _, folder := range filepath.SplitList(os.Getenv("CNI_PATH")) {
		program := filepath.Join(folder, network.IPAM.Type)
		if _, err := os.Stat(program); err != nil {
			continue
		}
		command := exec.Command(program)
		command.Stdin = bytes.NewReader(config)
		output, err := command.Output()
		if err != nil {
			return nil, fmt.Errorf("%s: %w: %s", network.IPAM.Type, err, output)
		}
		return output, nil
	}
	return nil, fmt.Errorf("no %s in %s", network.IPAM.Type, os.Getenv("CNI_PATH"))
}

func run(command ...string) error {
	output, err := exec.Command(command[0], command[1:]...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(command, " "), err, bytes.TrimSpace(output))
	}
	return nil
}
