package catalogue

import "sitewright/toolchain/internal/recipe"

// Cost is what a piece was seen to take when it was built from nothing after the pieces that it comes after, all on one
// machine. It decides the order and the estimate of what is left, and has no part in a piece's identity: measure it again when
// a piece has changed much. The builder prints both figures at the end of each piece.
type Cost struct {
	Seconds int
	MB      int      // of Go sources that were compiled
	After   []string // pieces that compile much of what it needs, which it then finds in the compiler's cache
}

// Cost is that of the piece; one that is not in the list takes next to nothing.
func (p Piece) Cost() Cost {
	switch p.Recipe.(type) {
	case recipe.Taken, recipe.Release:
		return Cost{}
	}
	return costs[p.Name]
}

var costs = map[string]Cost{
	"kubernetes":             {Seconds: 505, MB: 107},
	"kubectl":                {Seconds: 21, MB: 2, After: []string{"kubernetes"}},
	"pulumi":                 {Seconds: 334, MB: 78},
	"plugin-kubernetes":      {Seconds: 160, MB: 39, After: []string{"pulumi"}},
	"consul":                 {Seconds: 98, MB: 31, After: []string{"kubernetes"}},
	"vsphere-cloud-provider": {Seconds: 26, MB: 5, After: []string{"kubernetes", "vcenter"}},
	"vsphere-csi":            {Seconds: 21, MB: 4, After: []string{"kubernetes", "vsphere-cloud-provider"}},
	"conformance":            {Seconds: 7, MB: 1, After: []string{"kubernetes"}},
	"network":                {Seconds: 30, MB: 8, After: []string{"kubernetes"}},
	"plugins-bridged":        {Seconds: 86, MB: 22, After: []string{"pulumi"}},
	"sdk-vsphere":            {Seconds: 18, MB: 1, After: []string{"plugins-bridged"}},
	"snapshots":              {Seconds: 9, MB: 1, After: []string{"kubernetes"}},
	"registry":               {Seconds: 17, MB: 3, After: []string{"kubernetes"}},
	"etcdutl":                {Seconds: 5, MB: 1, After: []string{"kubernetes"}},
	"versitygw":              {Seconds: 60, MB: 15, After: []string{"pulumi"}},
	"local-path":             {Seconds: 6, MB: 1, After: []string{"kubernetes"}},
	"vcenter":                {Seconds: 26, MB: 10},
	"vcenter-access":         {Seconds: 1, MB: 1, After: []string{"vcenter"}},
	"language-host":          {Seconds: 8, MB: 3, After: []string{"pulumi"}},
	"plugin-command":         {Seconds: 5, MB: 1, After: []string{"pulumi"}},
	"policy-host":            {Seconds: 1, MB: 1, After: []string{"plugin-command"}},
	"supply-chain":           {Seconds: 10, MB: 7},
	"cni":                    {Seconds: 5, MB: 2},
	"images":                 {Seconds: 6, MB: 2},
	"confluence-stand-in":    {Seconds: 7, MB: 2},
	"dashboard-stand-in":     {Seconds: 1, MB: 1},
	"traefik":                {Seconds: 2},
	"traefik-crds":           {Seconds: 1},
}
