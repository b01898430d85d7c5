package main

import (
	"io"
	"os"
	"path/filepath"
)

// flexVolume puts Calico's FlexVolume driver into the folder that the operator mounts at /host/driver.
func flexVolume([]string) error {
	const driver, folder = "/usr/local/bin/flexvoldriver", "/host/driver"
	source, err := os.Open(driver)
	if err != nil {
		return err
	}
	defer source.Close()
	part := filepath.Join(folder, ".uds")
	target, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o550)
	if err != nil {
		return err
	}
	if _, err := io.Copy(target, source); err != nil {
		target.Close()
		return err
	}
	if err := target.Close(); err != nil {
		return err
	}
	return os.Rename(part, filepath.Join(folder, "uds"))
}
