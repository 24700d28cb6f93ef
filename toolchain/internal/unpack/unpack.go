// Package unpack takes single files out of what a maker publishes.
package unpack

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// largest is how many bytes a file may unpack to.
const largest = 1 << 30

// Files puts files of an archive into a folder. name tells of which kind the archive is, by its end; any other name is that of
// a single program. files are names in the folder, with their paths in the archive. An archive with a path that leads
// out of the folder where it is unpacked is refused, also where nothing asks for that path.
func Files(archive, name string, files map[string]string, folder string) error {
	member := memberOf(files, folder)
	var err error
	switch {
	case strings.HasSuffix(name, ".tar.gz"), strings.HasSuffix(name, ".tgz"):
		err = fromTar(archive, member)
	case strings.HasSuffix(name, ".zip"):
		err = fromZip(archive, member)
	default:
		err = fromProgram(archive, member)
	}
	if err != nil {
		return err
	}
	var missing []string
	for target, within := range files {
		if _, err := os.Lstat(filepath.Join(folder, target)); err != nil {
			missing = append(missing, fmt.Sprintf("%q (for %s)", within, target))
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return fmt.Errorf("it does not hold %s", strings.Join(missing, ", "))
	}
	return nil
}

// member takes a regular file of the archive, if it is one of those that are wanted.
type member func(within string, open func() (io.ReadCloser, error)) error

func memberOf(files map[string]string, folder string) member {
	return func(within string, open func() (io.ReadCloser, error)) error {
		for target, wanted := range files {
			if path.Clean(within) == path.Clean(wanted) {
				content, err := open()
				if err != nil {
					return err
				}
				err = write(filepath.Join(folder, target), content)
				return errors.Join(err, content.Close())
			}
		}
		return nil
	}
}

func fromTar(archive string, take member) error {
	file, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer file.Close()
	plain, err := gzip.NewReader(file)
	if err != nil {
		return err
	}
	content := tar.NewReader(plain)
	for {
		header, err := content.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := checkPath(header.Name); err != nil {
			return err
		}
		if header.Typeflag != tar.TypeReg {
			continue
		}
		if err := take(header.Name, func() (io.ReadCloser, error) { return io.NopCloser(content), nil }); err != nil {
			return err
		}
	}
}

func fromZip(archive string, take member) error {
	content, err := zip.OpenReader(archive)
	if err != nil {
		return err
	}
	defer content.Close()
	for _, file := range content.File {
		if err := checkPath(file.Name); err != nil {
			return err
		}
		if !file.Mode().IsRegular() {
			continue
		}
		if err := take(file.Name, file.Open); err != nil {
			return err
		}
	}
	return nil
}

func fromProgram(program string, take member) error {
	return take("", func() (io.ReadCloser, error) { return os.Open(program) })
}

func checkPath(within string) error {
	if !filepath.IsLocal(path.Clean(within)) {
		return fmt.Errorf("it has the path %q, which leads out of the folder that it is unpacked in", within)
	}
	return nil
}

// write makes a program; one that is there already is in the archive twice, and the first may be another than the last.
func write(target string, content io.Reader) error {
	file, err := os.OpenFile(target, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	written, err := io.Copy(file, io.LimitReader(content, largest+1))
	if err == nil && written > largest {
		err = fmt.Errorf("%s in it has more than %d MiB", filepath.Base(target), largest>>20)
	}
	return errors.Join(err, file.Close())
}
