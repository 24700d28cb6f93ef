package progress

import "time"

// Package is one Go package that has to be compiled.
type Package struct {
	Path  string // as go build -v prints it
	Dir   string // the same folder in two pieces is the same version of the package
	Bytes int64  // of its sources, which is what its compilation takes about
}

// Piece is one piece that is being built. Its methods may be called on nil; then they do nothing.
type Piece struct {
	board   *Board
	name    string
	started time.Time
	doing   string // in words; empty while it compiles

	planned  bool
	packages map[string]*Package // by path
	ready    map[string]bool     // by path: compiled, here or by a piece that is built at the same time
	total    int64               // bytes of all packages
	left     int64               // bytes of those that are not ready
	compiled int64               // bytes that this piece compiled itself
}

// Doing tells in words what happens now; with nothing it is compiling.
func (p *Piece) Doing(what string) {
	if p == nil {
		return
	}
	p.board.mutex.Lock()
	defer p.board.mutex.Unlock()
	p.doing = what
}

// Plan tells what is to be compiled.
func (p *Piece) Plan(packages []Package) {
	if p == nil {
		return
	}
	p.board.mutex.Lock()
	defer p.board.mutex.Unlock()
	p.planned = true
	for _, one := range packages {
		p.packages[one.Path] = &one
		p.total += one.Bytes
	}
	p.left = p.total
	if p.board.measured.IsZero() {
		p.board.measured = p.board.now()
	}
}

// Compiled tells that the compilation of a package has begun, and answers whether it is one of the plan. All before it are
// through then, so the count is ahead by no more than the compilers that run at once.
func (p *Piece) Compiled(path string) bool {
	if p == nil {
		return false
	}
	p.board.mutex.Lock()
	defer p.board.mutex.Unlock()
	one, planned := p.packages[path]
	if !planned {
		return false
	}
	p.doing = ""
	p.compiled += one.Bytes
	for _, other := range p.board.running {
		if same, shared := other.packages[path]; shared && same.Dir == one.Dir && !other.ready[path] {
			other.ready[path] = true
			other.left -= same.Bytes
		}
	}
	return true
}

// Packages tells how many packages are compiled, and how many there are.
func (p *Piece) Packages() (ready, planned int) {
	p.board.mutex.Lock()
	defer p.board.mutex.Unlock()
	return len(p.ready), len(p.packages)
}
