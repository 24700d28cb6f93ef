package catalogue

import "sitewright/toolchain/internal/recipe"

// Use says who needs a piece.
type Use string

const (
	// Operator tools are what the commands of any site run: pulumi with its plugins, kubectl, what asks a vCenter.
	Operator Use = "operator"
	// Lab pieces are what an environment with a lab needs beside them: Kubernetes, the content of images, services.
	Lab Use = "lab"
	// Tests need these; no site and no lab does.
	Tests Use = "tests"
)

// Uses are all of them.
func Uses() []Use { return []Use{Operator, Lab, Tests} }

// Piece is one part of the toolchain, built and cached as a whole.
type Piece struct {
	// Name is what the builder prints and --only takes.
	Name string
	// For is who needs it; --only takes that too.
	For Use
	// Recipe makes the piece's files.
	Recipe recipe.Recipe
	// Places says where the files appear in the toolchain.
	Places []Place
	// BroughtBy is the piece whose distribution brings this one too, where it is taken from its maker.
	BroughtBy string
	// DiskMiB is about what a build from nothing adds to Go's module and build caches and to the store.
	DiskMiB int
}

// Place puts one file of a piece, or all of it when File is empty, at a path of the toolchain.
type Place struct{ File, Path string }

// lab places files in the folder of the programs that the lab runs.
func lab(files ...string) []Place {
	places := make([]Place, 0, len(files))
	for _, file := range files {
		places = append(places, Place{file, "lab/" + file})
	}
	return places
}

// manifests places files that are applied to a cluster as they are.
func manifests(files ...string) []Place {
	places := make([]Place, 0, len(files))
	for _, file := range files {
		places = append(places, Place{file, "manifests/" + file})
	}
	return places
}

// operator places files in the folder that the operator puts on PATH.
func operator(files ...string) []Place {
	places := make([]Place, 0, len(files))
	for _, file := range files {
		places = append(places, Place{file, "bin/" + file})
	}
	return places
}

// plugin places a resource plugin where the Pulumi engine looks for it below PULUMI_HOME.
func plugin(name, version string) []Place {
	file := "pulumi-resource-" + name
	return []Place{{file, "pulumi-home/plugins/resource-" + name + "-v" + version + "/" + file}}
}
