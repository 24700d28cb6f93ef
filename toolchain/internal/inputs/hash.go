// Package inputs gives a piece its identity: a hash of all that decides its content.
package inputs

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// format changes when the way of building changes in a manner that the recipes do not show.
const format = "1"

// Hash identifies a piece: its recipe, the compiler and every file of the folders (relative to the checkout).
func Hash(checkout, compiler, name string, recipe any, folders []string) (string, error) {
	sum := sha256.New()
	described, err := json.Marshal(recipe)
	if err != nil {
		return "", err
	}
	fmt.Fprintf(sum, "%s\n%s\n%s\n%T\n%s\n", format, compiler, name, recipe, described)
	for _, folder := range folders {
		if err := addFolder(sum, checkout, folder); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(sum.Sum(nil))[:20], nil
}

// Skipped tells which files and folders of a module have no part in its programs: tests, texts, what tools leave behind.
func Skipped(name string) bool {
	return name == "node_modules" || name == "testdata" || (strings.HasPrefix(name, ".") && name != ".npmrc") ||
		strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, ".md")
}

func addFolder(sum io.Writer, checkout, folder string) error {
	root := filepath.Join(checkout, folder)
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if path != root && Skipped(entry.Name()) {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if !entry.Type().IsRegular() {
			return nil
		}
		relative, err := filepath.Rel(checkout, path)
		if err != nil {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(sum, "%s %x\n", filepath.ToSlash(relative), sha256.Sum256(content))
		return err
	})
}
