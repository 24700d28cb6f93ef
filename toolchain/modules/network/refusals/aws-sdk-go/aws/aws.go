// Package aws has the part of Amazon's SDK that kube-router's routing controller calls. The controller, which a site does not
// run (--run-router=false in cluster/network/flannel/kubeRouter.ts), asks in it for one thing, where the cluster is on Amazon's machines: that
// they forward packets of others. It is refused here. All of this is written anew, and contains nothing of Amazon's.
package aws

// Config would say where and how to call.
type Config struct{ Region *string }

// NewConfig is an empty one.
func NewConfig() *Config { return &Config{} }

// WithMaxRetries changes nothing.
func (c *Config) WithMaxRetries(int) *Config { return c }

// String is a pointer to the text.
func String(text string) *string { return &text }

// Bool is a pointer to the value.
func Bool(value bool) *bool { return &value }
