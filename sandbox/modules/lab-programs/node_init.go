package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// node is what the sandbox writes for one node.
type node struct {
	Root     string            `json:"root"`     // becomes /
	Overlays map[string]string `json:"overlays"` // folder of the host, seen by the node -> what the node writes there
	Work     string            `json:"work"`     // scratch of the overlays, on the same file system as they
	Binds    map[string]string `json:"binds"`    // path on the node -> path on the host, read-only
	Hostname string            `json:"hostname"`
	Sysctls  map[string]string `json:"sysctls"`
	Tasks    []*task           `json:"tasks"`
}

const (
	uplink        = "eth0"
	uplinkSeconds = 60
)

// nodeInit is process 1 of a node. It is started in fresh namespaces, builds the node's own file tree, waits for the
// uplink that the sandbox moves in, and keeps containerd and kubelet running. When it ends the kernel ends all of the
// node, however the end came about.
func nodeInit(arguments []string) error {
	if len(arguments) != 1 {
		return fmt.Errorf("one argument is needed, the node's file; got %d", len(arguments))
	}
	data, err := os.ReadFile(arguments[0])
	if err != nil {
		return err
	}
	var n node
	if err := json.Unmarshal(data, &n); err != nil {
		return fmt.Errorf("%s: %w", arguments[0], err)
	}
	for _, step := range []func() error{n.tree, n.enter, n.identity, waitForUplink, n.kernel} {
		if err := step(); err != nil {
			return err
		}
	}
	return supervise(n.Tasks, 3*time.Second)
}

func mount(source, target, kind string, flags uintptr, options string) error {
	if err := syscall.Mount(source, target, kind, flags, options); err != nil {
		return fmt.Errorf("mount %s %s at %s (%s): %w", kind, source, target, options, err)
	}
	return nil
}

// tree mounts everything under the new root.
func (n *node) tree() error {
	// Nothing of what follows may reach the host's mounts.
	if err := mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return err
	}
	if err := mount(n.Root, n.Root, "", syscall.MS_BIND, ""); err != nil {
		return err
	}
	for lower, upper := range n.Overlays {
		work := filepath.Join(n.Work, filepath.Base(lower))
		target := filepath.Join(n.Root, lower)
		if err := makeFolders(upper, work, target); err != nil {
			return err
		}
		options := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", lower, upper, work)
		if err := mount("overlay", target, "overlay", 0, options); err != nil {
			return err
		}
	}
	// On a merged-/usr system these are links; elsewhere they are folders, and the host's are good enough to read.
	for _, name := range []string{"bin", "sbin", "lib", "lib32", "lib64", "libx32"} {
		if err := n.sameAsHost(name); err != nil {
			return err
		}
	}
	if err := makeFolders(n.in("run"), n.in("tmp"), n.in("dev"), n.in("proc"), n.in("sys")); err != nil {
		return err
	}
	for _, m := range []struct{ source, target, kind, options string }{
		{"tmpfs", "run", "tmpfs", "mode=755"},
		{"tmpfs", "tmp", "tmpfs", "mode=1777"},
		{"proc", "proc", "proc", ""},
		{"sysfs", "sys", "sysfs", ""}, // fresh: it shows the devices of this network namespace
	} {
		if err := mount(m.source, n.in(m.target), m.kind, 0, m.options); err != nil {
			return err
		}
	}
	for _, path := range []string{"dev", "sys/fs/cgroup"} {
		if err := mount("/"+path, n.in(path), "", syscall.MS_BIND|syscall.MS_REC, ""); err != nil {
			return err
		}
	}
	for target, source := range n.Binds {
		if err := n.bind(source, target); err != nil {
			return err
		}
	}
	return nil
}

func (n *node) in(path string) string { return filepath.Join(n.Root, path) }

func makeFolders(paths ...string) error {
	for _, path := range paths {
		if err := os.MkdirAll(path, 0o755); err != nil {
			return err
		}
	}
	return nil
}

func (n *node) sameAsHost(name string) error {
	info, err := os.Lstat("/" + name)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	target := n.in(name)
	if info.Mode()&os.ModeSymlink != 0 {
		link, err := os.Readlink("/" + name)
		if err != nil {
			return err
		}
		if err := os.Symlink(link, target); err != nil && !os.IsExist(err) {
			return err
		}
		return nil
	}
	if err := makeFolders(target); err != nil {
		return err
	}
	return mount("/"+name, target, "", syscall.MS_BIND|syscall.MS_REC, "")
}

func (n *node) bind(source, target string) error {
	inside := n.in(target)
	info, err := os.Stat(source)
	if err != nil {
		return err
	}
	if info.IsDir() {
		err = makeFolders(inside)
	} else if err = makeFolders(filepath.Dir(inside)); err == nil {
		var file *os.File
		if file, err = os.OpenFile(inside, os.O_CREATE, 0o644); err == nil {
			err = file.Close()
		}
	}
	if err != nil {
		return err
	}
	if err := mount(source, inside, "", syscall.MS_BIND, ""); err != nil {
		return err
	}
	return mount("", inside, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, "")
}

// enter makes the new root / and lets go of the host's tree.
func (n *node) enter() error {
	old := n.in(".old")
	if err := makeFolders(old); err != nil {
		return err
	}
	if err := syscall.PivotRoot(n.Root, old); err != nil {
		return fmt.Errorf("pivot_root to %s: %w", n.Root, err)
	}
	if err := os.Chdir("/"); err != nil {
		return err
	}
	if err := syscall.Unmount("/.old", syscall.MNT_DETACH); err != nil {
		return fmt.Errorf("unmount the host's tree: %w", err)
	}
	// kubelet hands mounts on to containers and takes theirs back (calico-node and CSI need both).
	return mount("", "/", "", syscall.MS_REC|syscall.MS_SHARED, "")
}

func (n *node) identity() error {
	// The host's resolver and host table name machines that a node must not know.
	hosts := "127.0.0.1 localhost\n127.0.1.1 " + n.Hostname + "\n"
	for path, text := range map[string]string{"/etc/resolv.conf": "", "/etc/hosts": hosts, "/etc/hostname": n.Hostname + "\n"} {
		_ = os.Remove(path) // may be a link into /run
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return syscall.Sethostname([]byte(n.Hostname))
}

func waitForUplink() error {
	for deadline := time.Now().Add(uplinkSeconds * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if link, err := net.InterfaceByName(uplink); err == nil && link.Flags&net.FlagUp != 0 {
			if addresses, err := link.Addrs(); err == nil && len(addresses) > 0 {
				return nil
			}
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s did not come up within %d s", uplink, uplinkSeconds)
		}
	}
}

func (n *node) kernel() error {
	for name, value := range n.Sysctls {
		path := filepath.Join("/proc/sys", name)
		if err := os.WriteFile(path, []byte(value), 0o644); err != nil {
			return fmt.Errorf("sysctl %s: %w", name, err)
		}
	}
	return nil
}
