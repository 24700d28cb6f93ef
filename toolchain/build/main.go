// Command build makes the toolchain: every program that the site and its lab need and the machine lacks.
//
//	build [--checkout DIR] [--only NAME|operator|lab|tests]... [--take NAME=PATH]... [--without NAME]... [--official NAME]...
//	      [--list] [--prune]
//
// Pieces are kept in the cache (XDG_CACHE_HOME) and built once for all checkouts. The checkout gets a link, .toolchain,
// to a view of all that is built of its version, and the vSphere SDK in sdks/.
//
// What is not built yet is downloaded where its maker publishes it (toolchain/releases.json), unless TOOLS is build.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	err := run(ctx, os.Args[1:])
	switch {
	case err == nil:
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(os.Stderr, "toolchain: interrupted; run it again to go on, finished pieces are kept")
		os.Exit(130)
	default:
		fmt.Fprintln(os.Stderr, "error: toolchain:", err)
		os.Exit(1)
	}
}

// options of one run.
type options struct {
	checkout    string
	only        []string
	without     []string
	official    []string
	take        map[string][]string // paths of programs by the name of a piece
	list, prune bool
}

func parse(args []string) (options, error) {
	chosen := options{take: map[string][]string{}}
	flags := flag.NewFlagSet("toolchain", flag.ContinueOnError)
	flags.StringVar(&chosen.checkout, "checkout", ".", "root folder of the project")
	flags.Func("only", "build only the piece of this name, or those for operator, lab or tests (repeatable)", func(name string) error {
		chosen.only = append(chosen.only, name)
		return nil
	})
	flags.Func("take", "do not build the piece of this name: take this program of it (NAME=PATH, repeatable)", func(text string) error {
		name, path, isPair := strings.Cut(text, "=")
		if !isPair || !filepath.IsAbs(path) {
			return errors.New("it is NAME=PATH, with an absolute path")
		}
		chosen.take[name] = append(chosen.take[name], path)
		return nil
	})
	flags.Func("without", "leave out the piece of this name: the checkout has it from elsewhere (repeatable)", func(name string) error {
		chosen.without = append(chosen.without, name)
		return nil
	})
	flags.Func("official", "do not build the piece of this name: download its release (repeatable)", func(name string) error {
		chosen.official = append(chosen.official, name)
		return nil
	})
	flags.BoolVar(&chosen.list, "list", false, "list the pieces and whether they are built")
	flags.BoolVar(&chosen.prune, "prune", false, "remove pieces and sets of other versions from the cache")
	if err := flags.Parse(args); err != nil {
		return options{}, flag.ErrHelp // flag has told the reason
	}
	if flags.NArg() > 0 {
		return options{}, fmt.Errorf("unknown argument %q; options are --only NAME, --take NAME=PATH, --without NAME, --official NAME, --list, "+
			"--prune", flags.Arg(0))
	}
	var err error
	chosen.checkout, err = filepath.Abs(chosen.checkout)
	return chosen, err
}

// cacheFolder is where the pieces live; it follows the XDG base directories on every system.
func cacheFolder() (string, error) {
	if cache := os.Getenv("XDG_CACHE_HOME"); filepath.IsAbs(cache) {
		return filepath.Join(cache, "sitewright"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("the cache folder is unknown: %w; set HOME or XDG_CACHE_HOME", err)
	}
	return filepath.Join(home, ".cache", "sitewright"), nil
}

// compiler names what builds the pieces. The go command runs this program's own build, so it is the Go that compiled it;
// a module that asks for a newer one gets the version that its go.mod names, which is an input.
func compiler() string {
	return strings.Join([]string{runtime.Version(), runtime.GOOS, runtime.GOARCH}, " ")
}
