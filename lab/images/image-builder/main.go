// Command image-builder makes the images of images.yaml from the toolchain's binaries and fills the folder of a registry.
//
//	image-builder --table images.yaml --binaries DIR --rootfs TAR --store DIR
//
// For that it runs the binary `registry` of the same folder on the loopback interface and pushes to it. Lines "::: n of m reference" on
// standard output are progress for the caller.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

func main() {
	tablePath := flag.String("table", "", "the table of images")
	binaries := flag.String("binaries", "", "folder with the binaries the table names")
	rootfs := flag.String("rootfs", "", "tar archive of the Debian system the base layer is cut from")
	store := flag.String("store", "", "folder of the registry; created when it is not there")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := run(ctx, *tablePath, *binaries, *rootfs, *store); err != nil {
		fmt.Fprintln(os.Stderr, "image-builder:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, tablePath, binaries, rootfs, store string) error {
	table, err := readTable(tablePath)
	if err != nil {
		return err
	}
	base, err := baseLayer(rootfs, table.Base.Packages)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(store, 0o755); err != nil {
		return err
	}
	registry, err := startRegistry(ctx, filepath.Join(binaries, "registry"), store)
	if err != nil {
		return err
	}
	defer registry.stop()
	for index, described := range table.Images {
		fmt.Printf("::: %d of %d %s:%s\n", index+1, len(table.Images), described.Name, described.Tag)
		built, err := build(described, base, binaries)
		if err != nil {
			return err
		}
		reference, err := name.NewTag(registry.address+"/"+described.Name+":"+described.Tag, name.StrictValidation, name.Insecure)
		if err != nil {
			return err
		}
		if err := remote.Write(reference, built, remote.WithContext(ctx)); err != nil {
			return fmt.Errorf("push of %s: %w", reference, err)
		}
	}
	return nil
}

func build(described image, base v1.Layer, binaries string) (v1.Image, error) {
	layer, err := binaryLayer(described, binaries)
	if err != nil {
		return nil, err
	}
	layers := []v1.Layer{layer}
	if described.Base {
		layers = []v1.Layer{base, layer}
	}
	built := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	if built, err = mutate.AppendLayers(built, layers...); err != nil {
		return nil, err
	}
	file, err := built.ConfigFile()
	if err != nil {
		return nil, err
	}
	file = file.DeepCopy()
	file.Architecture, file.OS = "amd64", "linux"
	file.Created = v1.Time{Time: time.Unix(0, 0).UTC()}
	file.Config = v1.Config{
		User:       described.User,
		Entrypoint: described.Entrypoint,
		Env:        []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
		WorkingDir: "/",
		Labels:     map[string]string{"org.opencontainers.image.title": described.Name, "org.opencontainers.image.version": described.Tag},
	}
	return mutate.ConfigFile(built, file)
}
