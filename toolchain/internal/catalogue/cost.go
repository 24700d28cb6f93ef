package catalogue

// Cost is what a piece was seen to take when it was built from nothing after the pieces that it comes after, all on one
// machine. It decides the order and the estimate of what is left, and has no part in a piece's identity: measure it again when
// a piece has changed much. The builder prints both figures at the end of each piece.
type Cost struct {
	Seconds int
	MB      int      // of Go sources that were compiled
	After   []string // pieces that compile much of what it needs, which it then finds in the compiler's cache
}

// Cost is that of the piece; one that is not in the list takes next to nothing.
func (p Piece) Cost() Cost { return costs[p.Name] }

var costs = map[string]Cost{
	"kubernetes":             {Seconds: 1543, MB: 94},
	"kubectl":                {Seconds: 60, MB: 1, After: []string{"kubernetes"}},
	"pulumi":                 {Seconds: 934, MB: 71},
	"plugin-kubernetes":      {Seconds: 1582, MB: 69, After: []string{"pulumi"}},
	"consul":                 {Seconds: 300, MB: 32, After: []string{"kubernetes"}},
	"vsphere-cloud-provider": {Seconds: 60, MB: 14, After: []string{"kubernetes"}},
	"vsphere-csi":            {Seconds: 60, MB: 5, After: []string{"kubernetes", "vsphere-cloud-provider"}},
	"conformance":            {Seconds: 20, MB: 1, After: []string{"kubernetes"}},
	"network":                {Seconds: 130, MB: 9, After: []string{"kubernetes"}},
	"plugins-bridged":        {Seconds: 428, MB: 26, After: []string{"pulumi"}},
	"sdk-vsphere":            {Seconds: 70, MB: 1, After: []string{"plugins-bridged"}},
	"snapshots":              {Seconds: 40, MB: 2, After: []string{"kubernetes"}},
	"registry":               {Seconds: 60, MB: 4, After: []string{"kubernetes"}},
	"local-path":             {Seconds: 30, MB: 1, After: []string{"kubernetes"}},
	"vcenter":                {Seconds: 90, MB: 11},
	"vcenter-access":         {Seconds: 10, MB: 1, After: []string{"vcenter"}},
	"language-host":          {Seconds: 90, MB: 10},
	"plugin-command":         {Seconds: 40, MB: 3, After: []string{"pulumi"}},
	"policy-host":            {Seconds: 5, MB: 1, After: []string{"plugin-command"}},
	"supply-chain":           {Seconds: 20, MB: 3},
	"cni":                    {Seconds: 20, MB: 3},
	"images":                 {Seconds: 15, MB: 2},
	"confluence-stand-in":    {Seconds: 15, MB: 4},
	"dashboard-stand-in":     {Seconds: 10, MB: 2},
	"traefik":                {Seconds: 5},
	"traefik-crds":           {Seconds: 5},
}
