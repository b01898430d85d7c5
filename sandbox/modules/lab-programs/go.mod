module calico-labs/sandbox/lab-programs

go 1.21
