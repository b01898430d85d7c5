module calico-labs/sandbox/tigera-operator

go 1.16

require github.com/tigera/operator v1.28.1

// The operator's own replaces: a replace counts only in the main module.
replace (
	github.com/Azure/go-autorest => github.com/Azure/go-autorest v13.3.2+incompatible // Required by OLM
	github.com/operator-framework/operator-sdk => github.com/operator-framework/operator-sdk v1.0.1

	// Scanners flag anything less than v0.3.6 as having a CVE.
	golang.org/x/text => golang.org/x/text v0.3.7

	k8s.io/klog => k8s.io/klog v1.0.0
	k8s.io/klog/v2 => k8s.io/klog/v2 v2.1.0
	sigs.k8s.io/controller-runtime => sigs.k8s.io/controller-runtime v0.9.7

	// vbom.ml no longer answers; this is where its code lives.
	vbom.ml/util => github.com/fvbommel/util v0.0.0-20180919145318-efcd4e0f9787
)
