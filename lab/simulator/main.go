// Command vcenter is the lab's vCenter: govmomi's simulator with an inventory named like a real site, whose
// virtual machines are containers.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"sitewright/lab/simulator/internal/administration"
	"sitewright/lab/simulator/internal/certificates"
	"sitewright/lab/simulator/internal/config"
	"sitewright/lab/simulator/internal/server"
)

const usage = `usage:
  vcenter serve --config FILE          run until SIGTERM or SIGINT; virtual machines outlive it;
                                       SIGHUP has the config's faultInjection read again
  vcenter inventory --config FILE      log in and print folders and virtual machines as JSON
  vcenter attach-disk --config FILE --machine /DATACENTER/vm/FOLDER/NAME
                                       add a disk of 1 GiB, as a CSI driver does
  vcenter set-memory --config FILE --machine /DATACENTER/vm/FOLDER/NAME --memory MIB
                                       give it so much memory, as an administrator does by hand
  vcenter delete-machine --config FILE --machine /DATACENTER/vm/FOLDER/NAME
                                       switch it off and delete it, as an administrator does by hand
  vcenter certificates --directory DIR [--host NAME,ADDRESS...]
                                       make the lab's authority and the server's certificate,
                                       when absent or within 30 days of their end
See README.md for the config file.
`

func main() {
	log.SetFlags(log.Ltime)
	log.SetPrefix("vcenter: ")
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "vcenter: %s\n", err)
		os.Exit(1)
	}
}

func run(arguments []string, output io.Writer) error {
	if len(arguments) == 0 {
		return fmt.Errorf("no command given\n%s", usage)
	}
	flags := flag.NewFlagSet(arguments[0], flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	configPath := flags.String("config", "", "")
	machine := flags.String("machine", "", "")
	memory := flags.Int64("memory", 0, "")
	directory := flags.String("directory", "", "")
	hosts := flags.String("host", "127.0.0.1,localhost", "")
	if err := flags.Parse(arguments[1:]); err != nil {
		return fmt.Errorf("%s: %w\n%s", arguments[0], err, usage)
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%s: %q is not expected here\n%s", arguments[0], flags.Arg(0), usage)
	}
	switch arguments[0] {
	case "serve", "inventory", "attach-disk", "set-memory", "delete-machine":
		if *configPath == "" {
			return fmt.Errorf("%s: --config is required\n%s", arguments[0], usage)
		}
		settings, err := config.Load(*configPath)
		if err != nil {
			return err
		}
		switch arguments[0] {
		case "inventory":
			return administration.PrintInventory(settings, output)
		case "attach-disk":
			return administration.AttachDisk(settings, *machine)
		case "set-memory":
			return administration.SetMemory(settings, *machine, *memory)
		case "delete-machine":
			return administration.DeleteMachine(settings, *machine)
		}
		log.SetOutput(output)
		return serve(*configPath, settings)
	case "certificates":
		if *directory == "" {
			return fmt.Errorf("certificates: --directory is required\n%s", usage)
		}
		return certificates.Make(*directory, strings.Split(*hosts, ","))
	default:
		return fmt.Errorf("%q is not a command\n%s", arguments[0], usage)
	}
}

// serve runs until a signal ends it. SIGHUP has the config's faultInjection, and nothing else of it, read again: a test begins
// and ends a fault at any moment.
func serve(path string, settings *config.Config) error {
	// Signals are caught before anything starts, so that an early one still ends in order.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	running, err := server.Start(settings)
	if err != nil {
		return err
	}
	defer running.Close()
	running.Announce()
	for received := range signals {
		if received != syscall.SIGHUP {
			log.Printf("%s received, stopped; virtual machines run on", received)
			break
		}
		changed, err := config.Load(path)
		if err != nil {
			log.Printf("fault injection stays as it was: %s", err)
			continue
		}
		running.Inject(&changed.FaultInjection)
	}
	return nil
}
