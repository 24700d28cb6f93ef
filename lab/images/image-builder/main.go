// Command image-builder makes the images of images.yaml from the toolchain's binaries and Debian's packages, and fills the folder of
// a registry.
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
	"runtime"
	"syscall"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

func main() {
	tablePath := flag.String("table", "", "the table of images")
	binaries := flag.String("binaries", "", "folder with the binaries the table names")
	rootfs := flag.String("rootfs", "", "tar archive of the Debian system the bases are cut from")
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
	system, err := readDebian(rootfs)
	if err != nil {
		return err
	}
	bases, err := baseLayers(system, table.Bases)
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
	from := sources{binaries: binaries, files: filepath.Dir(tablePath), processor: runtime.GOARCH}
	for index, described := range table.Images {
		release, note, err := releaseOf(described, system)
		if err != nil {
			return err
		}
		fmt.Printf("::: %d of %d %s%s\n", index+1, len(table.Images), described.reference(), note)
		built, err := build(described, bases, from, release)
		if err != nil {
			return err
		}
		reference, err := name.NewTag(registry.address+"/"+described.reference(), name.StrictValidation, name.Insecure)
		if err != nil {
			return err
		}
		if err := remote.Write(reference, built, remote.WithContext(ctx)); err != nil {
			return fmt.Errorf("push of %s: %w", reference, err)
		}
	}
	return nil
}

// releaseOf is the release an image really is, and a remark where its tag says another one: Debian replaces a release by the next
// one, and a lab that is new after that must not fail for it.
func releaseOf(described image, system *debian) (release, note string, err error) {
	if described.Release == "" {
		return described.Tag, "", nil
	}
	release, err = system.release(described.Release)
	if err == nil && release != described.Tag {
		note = " (holds " + release + ")"
	}
	return release, note, err
}
