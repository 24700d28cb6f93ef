package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// marker is the file in the local home. It shows that the folder is kept when pods come and go.
type marker struct {
	StandIn string    `json:"standIn"`
	Created time.Time `json:"created"`
	Started time.Time `json:"started"`
}

const markerFile = "confluence-stand-in.json"

// markHome writes the marker and returns when the home was first used.
func markHome(home string, now time.Time) (time.Time, error) {
	path := filepath.Join(home, markerFile)
	content := marker{StandIn: banner, Created: now.UTC().Truncate(time.Second)}
	if text, err := os.ReadFile(path); err == nil {
		if err := json.Unmarshal(text, &content); err != nil {
			return now, fmt.Errorf("%s is damaged; remove it: %w", path, err)
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return now, fmt.Errorf("the local home cannot be read (CONFLUENCE_HOME): %w", err)
	}
	content.Started = now.UTC().Truncate(time.Second)
	text, err := json.MarshalIndent(content, "", "  ")
	if err != nil {
		return now, err
	}
	// Whole or not at all, also when the pod is killed meanwhile.
	fresh := path + ".new"
	if err := os.WriteFile(fresh, append(text, '\n'), 0o640); err != nil {
		return now, fmt.Errorf("the local home must be a folder this user may write to (CONFLUENCE_HOME): %w", err)
	}
	return content.Created, os.Rename(fresh, path)
}
