package local

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gobwas/glob"
	"github.com/pulumi/pulumi-go-provider/infer/types"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// collectFiles returns the files below dir that the rules select; without rules, nil.
func collectFiles(
	dir string, assetRules, archiveRules []string,
) (map[string]*types.AssetOrArchive, *resource.Archive, error) {
	var assets map[string]*types.AssetOrArchive
	if assetRules != nil {
		paths, err := matchFiles(dir, assetRules)
		if err != nil {
			return nil, nil, fmt.Errorf("assetPaths: %w", err)
		}
		assets = make(map[string]*types.AssetOrArchive, len(paths))
		for _, path := range paths {
			asset, err := resource.NewPathAsset(filepath.Join(dir, path))
			if err != nil {
				return nil, nil, fmt.Errorf("assetPaths: %w", err)
			}
			assets[path] = &types.AssetOrArchive{Asset: asset}
		}
	}
	if archiveRules == nil {
		return assets, nil, nil
	}
	paths, err := matchFiles(dir, archiveRules)
	if err != nil {
		return nil, nil, fmt.Errorf("archivePaths: %w", err)
	}
	members := make(map[string]any, len(paths))
	for _, path := range paths {
		if members[path], err = resource.NewPathAsset(filepath.Join(dir, path)); err != nil {
			return nil, nil, fmt.Errorf("archivePaths: %w", err)
		}
	}
	archive, err := resource.NewAssetArchive(members)
	if err != nil {
		return nil, nil, fmt.Errorf("archivePaths: %w", err)
	}
	return assets, archive, nil
}

// fileRule includes or excludes the files that match its glob.
type fileRule struct {
	matcher glob.Glob
	exclude bool
}

// matchFiles lists the files below dir, with `/` and relative to it, for which the last matching rule is no exclusion.
func matchFiles(dir string, patterns []string) ([]string, error) {
	rules := make([]fileRule, 0, len(patterns))
	for _, pattern := range patterns {
		text, exclude := strings.CutPrefix(pattern, "!")
		matcher, err := glob.Compile(text, '/')
		if err != nil {
			return nil, fmt.Errorf("pattern %q: %w", pattern, err)
		}
		rules = append(rules, fileRule{matcher, exclude})
	}
	var selected []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !entry.IsDir() && selects(rules, path) {
			selected = append(selected, path)
		}
		return nil
	})
	return selected, err
}

func selects(rules []fileRule, path string) bool {
	selected := false
	for _, rule := range rules {
		if rule.matcher.Match(path) {
			selected = !rule.exclude
		}
	}
	return selected
}
