// Command guest stands in for an operating system in the tests: it runs until it is killed, deaf to the signal
// that asks it to stop, as a node with busy containers is. With the argument "die" it ends at once.
package main

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	signal.Ignore(syscall.SIGTERM, syscall.SIGINT)
	if len(os.Args) > 1 && os.Args[1] == "die" {
		os.Exit(3)
	}
	for {
		time.Sleep(time.Hour)
	}
}
